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

// func indexAVX2(p *byte, n int) int
// n is at least 8.
TEXT ·indexAVX2(SB), NOSPLIT, $0-24
	MOVQ p+0(FP), SI
	MOVQ n+8(FP), CX
	XORQ DI, DI // position
	XORQ R8, R8 // 1 if the byte before it is a dot
	VMOVDQU nibbles<>(SB), Y5
	VMOVDQU lowNibble<>(SB), Y6
	VMOVDQU highNibble<>(SB), Y7
	VMOVDQU ones<>(SB), Y4
	CMPQ CX, $32
	JLT  upTo31
	LEAQ -32(CX), R9 // the last position of 32 bytes

loop:
	VMOVDQU (SI)(DI*1), Y0
	CLASSES(Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7)
	LEAQ    (R8)(BX*2), DX // after a dot
	MOVL    BX, R8
	SHRL    $31, R8
	ANDL    BX, DX
	ORL     DX, AX
	JNZ     found
	ADDQ    $32, DI
	CMPQ    DI, R9
	JLE     loop
	CMPQ    DI, CX
	JEQ     none
	// The last bytes, with some that have been seen.
	MOVQ    R9, DI
	XORL    R8, R8
	JMP     loop

upTo31:
	CMPQ CX, $16
	JLT  upTo15
	LEAQ -16(CX), R9

again:
	VMOVDQU (SI)(DI*1), X0
	CLASSES(X0, X1, X2, X3, X4, X5, X6, X7)
	LEAQ    (BX)(BX*1), DX
	ANDL    BX, DX
	ORL     DX, AX
	JNZ     found
	CMPQ    DI, R9
	JEQ     none
	MOVQ    R9, DI
	JMP     again

	// Its first 8 bytes and its last 8.
upTo15:
	VMOVQ   (SI), X0
	VPINSRQ $1, -8(SI)(CX*1), X0, X0
	CLASSES(X0, X1, X2, X3, X4, X5, X6, X7)
	LEAQ    (BX)(BX*1), DX
	ANDL    BX, DX
	ANDL    $0xfeff, DX // the two in the middle are no neighbours
	ORL     DX, AX
	JZ      none
	BSFL    AX, AX
	CMPL    AX, $8
	JLT     first
	LEAQ    -16(AX)(CX*1), AX

first:
	VZEROUPPER
	MOVQ AX, ret+16(FP)
	RET

found:
	BSFL AX, AX
	ADDQ DI, AX
	VZEROUPPER
	MOVQ AX, ret+16(FP)
	RET

none:
	VZEROUPPER
	MOVQ CX, ret+16(FP)
	RET

// One gram: AX is its hash, the bits of its word are left in AX.
#define GRAM(address) \
	MOVQ  address, AX;         \
	ANDQ  R13, AX;             \
	IMULQ R8, AX;              \
	SHRXQ R9, AX, BX;          \
	MOVQ  (R10)(BX*8), BX;     \
	RORXQ $38, AX, CX;         \
	RORXQ $32, AX, AX;         \
	SHRXQ CX, BX, CX;          \
	SHRXQ AX, BX, AX;          \
	ANDQ  CX, AX

// func probeBMI2(p *byte, i, last, step int, mask uint64, words *uint64, shift uint64) int
TEXT ·probeBMI2(SB), NOSPLIT, $0-64
	MOVQ p+0(FP), SI
	MOVQ i+8(FP), DI
	MOVQ last+16(FP), R15
	MOVQ step+24(FP), R11
	MOVQ mask+32(FP), R13
	MOVQ words+40(FP), R10
	MOVQ shift+48(FP), R9
	MOVQ $0x9e3779b97f4a7c15, R8 // mix
	LEAQ (R11)(R11*2), R12
	ADDQ DI, SI

four:
	CMPQ DI, R15
	JGT  over
	GRAM((SI))
	MOVQ AX, DX
	GRAM((SI)(R11*1))
	ORQ  AX, DX
	GRAM((SI)(R11*2))
	ORQ  AX, DX
	GRAM((SI)(R12*1))
	ORQ  AX, DX
	LEAQ (SI)(R11*4), SI
	LEAQ (DI)(R11*4), DI
	TESTQ $1, DX
	JZ   four
	SUBQ R11, DI
	SUBQ R12, DI

over:
	MOVQ DI, ret+56(FP)
	RET

// func features() (avx2, bmi2 bool)
TEXT ·features(SB), NOSPLIT, $0-2
	MOVB $0, avx2+0(FP)
	MOVB $0, bmi2+1(FP)
	XORL AX, AX
	XORL CX, CX
	CPUID
	CMPL AX, $7
	JLT  no
	MOVL $7, AX
	XORL CX, CX
	CPUID
	MOVL BX, R8
	SHRL $8, BX
	ANDL $1, BX
	MOVB BX, bmi2+1(FP)
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
	SHRL $5, R8
	ANDL $1, R8
	MOVB R8, avx2+0(FP)

no:
	RET
