//go:build !purego

#include "textflag.h"

// What each nibble of a byte says about it: a byte's class is what its low and
// its high nibble agree on. 1 is a dot, everything above interrupts.
//
//	0x02  00 0a 0d
//	0x04  1b
//	0x08  25 26
//	0x10  5c 7c
//	0x20  e2
DATA lowNibble<>+0x00(SB)/8, $0x0008080000200002 // 7 to 0
DATA lowNibble<>+0x08(SB)/8, $0x0001021004020000 // f to 8
DATA lowNibble<>+0x10(SB)/8, $0x0008080000200002
DATA lowNibble<>+0x18(SB)/8, $0x0001021004020000
GLOBL lowNibble<>(SB), RODATA|NOPTR, $32

DATA highNibble<>+0x00(SB)/8, $0x1000100000090402
DATA highNibble<>+0x08(SB)/8, $0x0020000000000000
DATA highNibble<>+0x10(SB)/8, $0x1000100000090402
DATA highNibble<>+0x18(SB)/8, $0x0020000000000000
GLOBL highNibble<>(SB), RODATA|NOPTR, $32

DATA nibbles<>+0x00(SB)/8, $0x0f0f0f0f0f0f0f0f
DATA nibbles<>+0x08(SB)/8, $0x0f0f0f0f0f0f0f0f
DATA nibbles<>+0x10(SB)/8, $0x0f0f0f0f0f0f0f0f
DATA nibbles<>+0x18(SB)/8, $0x0f0f0f0f0f0f0f0f
GLOBL nibbles<>(SB), RODATA|NOPTR, $32

DATA ones<>+0x00(SB)/8, $0x0101010101010101
DATA ones<>+0x08(SB)/8, $0x0101010101010101
DATA ones<>+0x10(SB)/8, $0x0101010101010101
DATA ones<>+0x18(SB)/8, $0x0101010101010101
GLOBL ones<>(SB), RODATA|NOPTR, $32

// The classes of the bytes in text: of those that interrupt a bit is set in AX,
// of dots in BX. It needs a, b and c; the others hold the tables above.
#define CLASSES(text, a, b, c, one, nibble, low, high) \
	VPAND     nibble, text, a; \
	VPSHUFB   a, low, a;       \
	VPSRLW    $4, text, b;     \
	VPAND     nibble, b, b;    \
	VPSHUFB   b, high, b;      \
	VPAND     a, b, a;         \
	VPCMPGTB  one, a, b;       \
	VPSLLW    $7, a, c;        \
	VPMOVMSKB b, AX;           \
	VPMOVMSKB c, BX

// The index of the first byte that interrupts among the CX bytes at SI, at least
// 8: it jumps to found with the index in DI, or to none.
#define INDEX(found, none) \
	XORQ    DI, DI;                 \
	XORQ    R8, R8;                 \ // 1 if the byte before DI is a dot
	VMOVDQU nibbles<>(SB), Y5;      \
	VMOVDQU lowNibble<>(SB), Y6;    \
	VMOVDQU highNibble<>(SB), Y7;   \
	VMOVDQU ones<>(SB), Y4;         \
	CMPQ    CX, $32;                \
	JLT     upTo31;                 \
	LEAQ    -32(CX), R9;            \ // the last position of 32 bytes
loop:                                   \
	VMOVDQU (SI)(DI*1), Y0;         \
	CLASSES(Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7); \
	LEAQ    (R8)(BX*2), DX;         \ // after a dot
	MOVL    BX, R8;                 \
	SHRL    $31, R8;                \
	ANDL    BX, DX;                 \
	ORL     DX, AX;                 \
	JNZ     bit;                    \
	ADDQ    $32, DI;                \
	CMPQ    DI, R9;                 \
	JLE     loop;                   \
	CMPQ    DI, CX;                 \
	JEQ     none;                   \
	MOVQ    R9, DI;                 \ // the last bytes, with some that have been seen
	XORL    R8, R8;                 \
	JMP     loop;                   \
upTo31:                                 \
	CMPQ    CX, $16;                \
	JLT     upTo15;                 \
	LEAQ    -16(CX), R9;            \
again:                                  \
	VMOVDQU (SI)(DI*1), X0;         \
	CLASSES(X0, X1, X2, X3, X4, X5, X6, X7); \
	LEAQ    (BX)(BX*1), DX;         \
	ANDL    BX, DX;                 \
	ORL     DX, AX;                 \
	JNZ     bit;                    \
	CMPQ    DI, R9;                 \
	JEQ     none;                   \
	MOVQ    R9, DI;                 \
	JMP     again;                  \
upTo15:                                 \ // its first 8 bytes and its last 8
	VMOVQ   (SI), X0;               \
	VPINSRQ $1, -8(SI)(CX*1), X0, X0; \
	CLASSES(X0, X1, X2, X3, X4, X5, X6, X7); \
	LEAQ    (BX)(BX*1), DX;         \
	ANDL    BX, DX;                 \
	ANDL    $0xfeff, DX;            \ // the two in the middle are no neighbours
	ORL     DX, AX;                 \
	JZ      none;                   \
	BSFL    AX, DI;                 \
	CMPL    DI, $8;                 \
	JLT     found;                  \
	LEAQ    -16(DI)(CX*1), DI;      \
	JMP     found;                  \
bit:                                    \
	BSFL    AX, AX;                 \
	ADDQ    AX, DI;                 \
	JMP     found

// func indexAVX2(p *byte, n int) int
// n is at least 8.
TEXT ·indexAVX2(SB), NOSPLIT, $0-24
	MOVQ p+0(FP), SI
	MOVQ n+8(FP), CX
	INDEX(found, none)

none:
	MOVQ CX, DI

found:
	VZEROUPPER
	MOVQ DI, ret+16(FP)
	RET

// func maskAVX2(p *byte) uint64
TEXT ·maskAVX2(SB), NOSPLIT, $0-16
	MOVQ    p+0(FP), SI
	VMOVDQU nibbles<>(SB), Y5
	VMOVDQU lowNibble<>(SB), Y6
	VMOVDQU highNibble<>(SB), Y7
	VMOVDQU ones<>(SB), Y4
	VMOVDQU (SI), Y0
	CLASSES(Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7)
	MOVL    AX, CX
	MOVL    BX, DX
	VMOVDQU 32(SI), Y0
	CLASSES(Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7)
	VZEROUPPER
	SHLQ    $32, AX
	SHLQ    $32, BX
	ORQ     CX, AX
	ORQ     DX, BX
	LEAQ    (BX)(BX*1), DX // after a dot
	ANDQ    BX, DX
	ORQ     DX, AX
	MOVQ    AX, ret+8(FP)
	RET

DATA mixes<>+0x00(SB)/4, $0x9e3779b1 // mixLow
DATA mixes<>+0x04(SB)/4, $0x85ebca77 // mixHigh
GLOBL mixes<>(SB), RODATA|NOPTR, $8

// What the probes share: the table, the shift, the factors, and 31 in each lane.
#define PROBING(words, shift) \
	MOVQ         words, R10;        \
	VMOVQ        shift, X10;        \
	VPBROADCASTD mixes<>+0(SB), Y8; \
	VPBROADCASTD mixes<>+4(SB), Y9; \
	VPCMPEQD     Y12, Y12, Y12;     \
	VPSRLD       $27, Y12, Y12

// The four words of the table at the indices in i, in w. Where processors have an
// instruction that gathers them it is not faster, and on many made slow on purpose.
#define WORDS(i, w) \
	VMOVQ   i, R11;                   \
	VPEXTRQ $1, i, R12;               \
	MOVL    R11, AX;                  \
	SHRQ    $32, R11;                 \
	MOVL    R12, BX;                  \
	SHRQ    $32, R12;                 \
	VMOVD   (R10)(AX*4), w;           \
	VPINSRD $1, (R10)(R11*4), w, w;   \
	VPINSRD $2, (R10)(BX*4), w, w;    \
	VPINSRD $3, (R10)(R12*4), w, w

// The bits of the hashes h in the words w: AX has a bit for each that has both.
#define BITS(h, w, a, b, low5) \
	VPSRLD    $7, h, a;    \
	VPSRLD    $2, h, b;    \
	VPAND     low5, a, a;  \
	VPAND     low5, b, b;  \
	VPSLLVD   a, w, a;     \
	VPSLLVD   b, w, b;     \
	VPAND     a, b, a;     \
	VMOVMSKPS a, AX

// The hashes in Y0 or X0 are looked up: AX has a bit for each that is in the table.
#define LOOKUPY \
	VPSRLD       X10, Y0, Y1;        \
	VEXTRACTI128 $1, Y1, X4;         \
	WORDS(X1, X3);                   \
	WORDS(X4, X5);                   \
	VINSERTI128  $1, X5, Y3, Y3;     \
	BITS(Y0, Y3, Y1, Y2, Y12)

#define LOOKUPX \
	VPSRLD X10, X0, X1; \
	WORDS(X1, X3);      \
	BITS(X0, X3, X1, X2, X12)

// The hashes of the grams at SI+DI and as many strides on as there are lanes, in
// Y0 or X0.
#define HASHES5Y \
	VPMULLD (SI)(DI*1), Y8, Y0;  \
	VPMULLD 1(SI)(DI*1), Y9, Y1; \
	VPADDD  Y0, Y1, Y0

#define HASHES5X \
	VPMULLD (SI)(DI*1), X8, X0;  \
	VPMULLD 1(SI)(DI*1), X9, X1; \
	VPADDD  X0, X1, X0

// The shuffles have the lower and the upper halves of 0 1 4 5 2 3 6 7.
#define HASHES8Y \
	VMOVDQU (SI)(DI*1), Y0;    \
	VMOVDQU 32(SI)(DI*1), Y1;  \
	VSHUFPS $0x88, Y1, Y0, Y2; \
	VSHUFPS $0xdd, Y1, Y0, Y3; \
	VPMULLD Y2, Y8, Y2;        \
	VPMULLD Y3, Y9, Y3;        \
	VPADDD  Y2, Y3, Y0;        \
	VPERMQ  $0xd8, Y0, Y0

#define HASHES8X \
	VMOVDQU (SI)(DI*1), X0;    \
	VMOVDQU 16(SI)(DI*1), X1;  \
	VSHUFPS $0x88, X1, X0, X2; \
	VSHUFPS $0xdd, X1, X0, X3; \
	VPMULLD X2, X8, X2;        \
	VPMULLD X3, X9, X3;        \
	VPADDD  X2, X3, X0

// A probe from DI on: eight grams at a time, or four where there are less than
// eight. Of both, last8 and last4 are where the last ones begin, before the last
// position, which is in CX. It ends with the position in DI.
#define PROBE(hashesY, hashesX, stride, step8, last8, step4, last4) \
	LEAQ  last8(CX), R9;                    \
	CMPQ  DI, R9;                           \
	JGT   upTo7;                            \
eight:                                          \
	hashesY;                                \
	LOOKUPY;                                \
	TESTL AX, AX;                           \
	JNZ   in;                               \
	ADDQ  step8, DI;                        \
	CMPQ  DI, R9;                           \
	JLE   eight;                            \
	CMPQ  DI, CX;                           \
	JGT   over;                             \
	MOVQ  R9, DI;                           \
	JMP   eight;                            \
upTo7:                                          \
	LEAQ  last4(CX), R9;                    \
four:                                           \
	hashesX;                                \
	LOOKUPX;                                \
	TESTL AX, AX;                           \
	JNZ   in;                               \
	ADDQ  step4, DI;                        \
	CMPQ  DI, CX;                           \
	JGT   over;                             \
	MOVQ  R9, DI;                           \
	JMP   four;                             \
in:                                             \
	BSFL  AX, AX;                           \
	LEAQ  (DI)(AX*stride), DI;              \
over:                                           \
	VZEROUPPER

#define PROBE5 PROBE(HASHES5Y, HASHES5X, 4, $32, -28, $16, -12)
#define PROBE8 PROBE(HASHES8Y, HASHES8X, 8, $64, -56, $32, -24)

// What is around a probe from a position on.
#define PROBE_FROM(probe) \
	MOVQ p+0(FP), SI;                  \
	MOVQ i+8(FP), DI;                  \
	MOVQ last+16(FP), CX;              \
	PROBING(words+24(FP), shift+32(FP)); \
	probe;                             \
	MOVQ DI, ret+40(FP);               \
	RET

// What is around a probe of all, after the look for what interrupts.
#define PROBE_ALL(probe) \
	MOVQ p+0(FP), SI;                  \
	MOVQ n+8(FP), CX;                  \
	INDEX(found, none);                \
none:                                      \
	XORQ DI, DI;                       \
	MOVQ last+16(FP), CX;              \
	PROBING(words+24(FP), shift+32(FP)); \
	probe;                             \
	MOVQ DI, ret+40(FP);               \
	RET;                               \
found:                                     \
	VZEROUPPER;                        \
	MOVQ $-1, ret+40(FP);              \
	RET

// func probe5AVX2(p *byte, i, last int, words *uint32, shift uint64) int
// last is at least i+12.
TEXT ·probe5AVX2(SB), NOSPLIT, $0-48
	PROBE_FROM(PROBE5)

// func probe8AVX2(p *byte, i, last int, words *uint32, shift uint64) int
// last is at least i+24.
TEXT ·probe8AVX2(SB), NOSPLIT, $0-48
	PROBE_FROM(PROBE8)

// func look5AVX2(p *byte, n, last int, words *uint32, shift uint64) int
// n is at least 8, last at least 12.
TEXT ·look5AVX2(SB), NOSPLIT, $0-48
	PROBE_ALL(PROBE5)

// func look8AVX2(p *byte, n, last int, words *uint32, shift uint64) int
// n is at least 8, last at least 24.
TEXT ·look8AVX2(SB), NOSPLIT, $0-48
	PROBE_ALL(PROBE8)

// func features() (avx2 bool)
TEXT ·features(SB), NOSPLIT, $0-1
	MOVB $0, avx2+0(FP)
	XORL AX, AX
	XORL CX, CX
	CPUID
	CMPL AX, $7
	JLT  no
	MOVL $1, AX
	XORL CX, CX
	CPUID
	ANDL $0x18000000, CX // OSXSAVE, AVX
	CMPL CX, $0x18000000
	JNE  no
	XORL CX, CX
	XGETBV
	ANDL $6, AX // the system saves XMM and YMM
	CMPL AX, $6
	JNE  no
	MOVL $7, AX
	XORL CX, CX
	CPUID
	SHRL $5, BX
	ANDL $1, BX
	MOVB BX, avx2+0(FP)

no:
	RET
