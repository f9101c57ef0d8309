package zapredact_test

import (
	"fmt"
	"os"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/seed-00b494d3/tagout/keyrules"
	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/zapredact"
)

func Example() {
	src, err := redact.NewMatcher([]redact.Secret{redact.NewSecret("payments/db/password", "v7", []byte("s3cr3t-Harbour"))})
	if err != nil {
		panic(err)
	}
	// The write syncer is the second line of defence, for what an encoder adds.
	ws := zapredact.NewWriteSyncer(zapcore.Lock(os.Stdout), src, redact.SinkJSON())
	enc := zapcore.NewJSONEncoder(zapcore.EncoderConfig{MessageKey: "msg", LevelKey: "level", EncodeLevel: zapcore.LowercaseLevelEncoder})
	logger := zap.New(zapcore.NewCore(enc, ws, zap.InfoLevel), zapredact.WrapCore(src),
		zap.ErrorOutput(zapredact.NewWriteSyncer(zapcore.Lock(os.Stderr), src)))

	logger.With(zap.String("dsn", "app:s3cr3t-Harbour@db")).
		Error("cannot start", zap.Error(fmt.Errorf("dial: %w", fmt.Errorf("bad password %q", "s3cr3t-Harbour"))), zap.Int("attempt", 3))
	// Output:
	// {"level":"error","msg":"cannot start","dsn":"app:[REDACTED:payments/db/password@v7]@db","error":"dial: bad password \"[REDACTED:payments/db/password@v7]\"","attempt":3}
}

// Panic carries the redacted message out of the logger.
func Example_panic() {
	src, err := redact.NewMatcher([]redact.Secret{redact.NewSecret("db", "v7", []byte("s3cr3t-Harbour"))})
	if err != nil {
		panic(err)
	}
	defer func() { fmt.Println("recovered:", recover()) }()
	zap.NewNop().WithOptions(zapredact.WrapCore(src)).Panic("no use for s3cr3t-Harbour")
	// Output:
	// recovered: no use for [REDACTED:db@v7]
}

// Key rules hide what nobody registered, by the name of the key.
func ExampleWithKeyRules() {
	enc := zapcore.NewJSONEncoder(zapcore.EncoderConfig{MessageKey: "msg"})
	core := zapcore.NewCore(enc, zapcore.Lock(os.Stdout), zap.InfoLevel)
	logger := zap.New(zapredact.NewCore(core, &redact.Matcher{}, zapredact.WithKeyRules(keyrules.New())))
	logger.Info("login", zap.String("user", "ann"), zap.String("password", "tr0ub4dor"), zap.Int("token_count", 3))
	// Output:
	// {"msg":"login","user":"ann","password":"[REDACTED:key/password]","token_count":3}
}
