package keyrules_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/seed-00b494d3/tagout/keyrules"
)

// KEY-1, KEY-2: whole words at the end of a key, in every common spelling.
func TestMatch(t *testing.T) {
	r := keyrules.New()
	for key, rule := range map[string]string{
		"password": "password", "PASSWORD": "password", "Password": "password", "db_password": "password",
		"db.password": "password", "dbPassword": "password", "DBPassword": "password", "PassWord": "password",
		"password1": "password", "password_2": "password", "passwordValue": "password", "old password": "password",
		"newPasswordPlain": "password", "user[password]": "password",
		"api_key": "api_key", "apikey": "api_key", "apiKey": "api_key", "APIKey": "api_key", "API-KEY": "api_key",
		"x-api-key": "api_key", "X-Api-Key": "api_key", "stripeApiKey": "api_key",
		"Authorization": "authorization", "Proxy-Authorization": "authorization", "authorization_header": "authorization",
		"cookie": "cookie", "Set-Cookie": "set_cookie", "setCookie": "set_cookie",
		"token": "token", "access_token": "access_token", "accesstoken": "access_token", "X-Vault-Token": "token",
		"oauth2Token": "token", "secret_id": "secret_id", "aws_secret_access_key": "access_key",
		strings.Repeat("long_", 40) + "password": "password",
	} {
		tag, ok := r.Match(key)
		if want := "[REDACTED:key/" + rule + "]"; !ok || tag != want {
			t.Errorf("Match(%q) = %q, %v; want %q", key, tag, ok, want)
		}
	}
	for _, key := range []string{
		"", "_", "value", "1", "cache_key", "author", "authority", "token_count", "tokens", "max_tokens", "tokenizer",
		"password_policy", "passwordless", "compass_word_list", "secretary", "key", "primary_key", "keys",
		"api_key_count", "cookie_consent", "secret_name", "token_type", "passworded", "xpassword", "authorizations_total",
		"api.v1.key", "bearer_of_news",
	} {
		if tag, ok := r.Match(key); ok {
			t.Errorf("Match(%q) = %q; want no hit", key, tag)
		}
	}
}

// KEY-3: additions and exceptions.
func TestOptions(t *testing.T) {
	r := keyrules.New(keyrules.Add("one-time-code", "PIN", "--"), keyrules.Except("csrf_token", "cookie"))
	for key, want := range map[string]string{
		"oneTimeCode": "[REDACTED:key/one_time_code]", "card_pin": "[REDACTED:key/pin]",
		"csrf_token": "", "form.csrfToken": "", "cookie": "", "set_cookie": "[REDACTED:key/set_cookie]",
		"access_token": "[REDACTED:key/access_token]", "ping": "",
	} {
		tag, ok := r.Match(key)
		if !ok {
			tag = ""
		}
		if tag != want {
			t.Errorf("Match(%q) = %q, want %q", key, tag, want)
		}
	}
	if _, ok := keyrules.New(keyrules.Except("token"), keyrules.Add("token")).Match("token"); ok {
		t.Error("an exception must win a tie in whatever order it came")
	}
	only := keyrules.New(keyrules.WithoutDefaults(), keyrules.Add("otp"))
	if _, ok := only.Match("password"); ok {
		t.Error("WithoutDefaults keeps a default")
	}
	if _, ok := only.Match("otp"); !ok {
		t.Error("otp not hit")
	}
}

// KEY-4: a nil *Rules hits nothing.
func TestNil(t *testing.T) {
	var r *keyrules.Rules
	if _, ok := r.Match("password"); ok {
		t.Error("nil rules hit a key")
	}
	if _, ok := r.MatchText("{password:x}"); ok {
		t.Error("nil rules hit a text")
	}
	if got := r.AppendJSON(nil, []byte(`{"password":"x"}`)); string(got) != `{"password":"x"}` {
		t.Errorf("nil rules changed JSON: %s", got)
	}
}

func TestDefaultsIsACopy(t *testing.T) {
	keyrules.Defaults()[0] = "changed"
	if keyrules.Defaults()[0] != "password" {
		t.Error("Defaults shares its storage")
	}
	r := keyrules.New()
	for _, d := range keyrules.Defaults() {
		if tag, ok := r.Match(d); !ok || tag != "[REDACTED:key/"+d+"]" {
			t.Errorf("Match(%q) = %q, %v", d, tag, ok)
		}
	}
}

// KEY-5: values under a hit key in JSON, whatever their type.
func TestAppendJSON(t *testing.T) {
	const tag = `"[REDACTED:key/password]"`
	r := keyrules.New()
	for _, c := range []struct{ in, want string }{
		{`{"a":1,"password":"x","b":2}`, `{"a":1,"password":` + tag + `,"b":2}`},
		{`{"password":12345678}`, `{"password":` + tag + `}`},
		{`{"password":null,"x":[]}`, `{"password":` + tag + `,"x":[]}`},
		{`{"password":{"a":["b",{"c":"}]"}]},"x":1}`, `{"password":` + tag + `,"x":1}`},
		{`{"password":[1,2,[3]] , "x":1}`, `{"password":` + tag + ` , "x":1}`},
		{`{ "password" : "a\"b\\" }`, `{ "password" : ` + tag + ` }`},
		{`{"pass\u0077ord":"x"}`, `{"pass\u0077ord":` + tag + `}`},
		{`[{"a":{"db_password":"x"}},"password"]`, `[{"a":{"db_password":` + tag + `}},"password"]`},
		{`{"msg":"\"password\":\"not a key\""}`, `{"msg":"\"password\":\"not a key\""}`},
		{`{"password":"cut`, `{"password":` + tag},
		{`{"password":{"cut":1`, `{"password":` + tag},
		{`{"password":`, `{"password":`},
		{`"password"`, `"password"`},
		{``, ``},
		{`{"password":true,"token":-1.5e3}` + "\n", `{"password":` + tag + `,"token":"[REDACTED:key/token]"}` + "\n"},
	} {
		got := string(r.AppendJSON([]byte("<"), []byte(c.in)))
		if got != "<"+c.want {
			t.Errorf("%s\ngot  %s\nwant <%s", c.in, got, c.want)
		}
		if json.Valid([]byte(c.in)) && !json.Valid([]byte(got[1:])) {
			t.Errorf("%s: valid JSON became invalid: %s", c.in, got[1:])
		}
		if again := string(r.AppendJSON(nil, []byte(got[1:]))); again != got[1:] {
			t.Errorf("%s: not idempotent: %s", got[1:], again)
		}
	}
}

func TestMatchText(t *testing.T) {
	r := keyrules.New()
	for text, want := range map[string]bool{
		"{User:bob Password:hunter2}":        true,
		"map[Authorization:[Basic x] A:[b]]": true,
		"&{a:{db_password:x}}":               true,
		"{Author:x CacheKey:y TokenCount:3}": false,
		"time 12:30:00":                      false,
		"":                                   false, ":": false, "::": false, "password": false,
	} {
		if _, ok := r.MatchText(text); ok != want {
			t.Errorf("MatchText(%q) = %v, want %v", text, ok, want)
		}
	}
}

// KEY-6: no allocation on the path of an event.
func TestMatchDoesNotAllocate(t *testing.T) {
	r := keyrules.New()
	for _, key := range []string{"request_id", "password", "cache_key", "X-Api-Key"} {
		if n := testing.AllocsPerRun(200, func() { r.Match(key) }); n != 0 {
			t.Errorf("Match(%q): %v allocations", key, n)
		}
	}
	src, buf := []byte(`{"level":"info","password":"x","n":1,"cache_key":"y"}`), make([]byte, 0, 256)
	if n := testing.AllocsPerRun(200, func() { r.AppendJSON(buf, src) }); n != 0 {
		t.Errorf("AppendJSON: %v allocations", n)
	}
}

// KEY-7: safe for concurrent use, which the dictionary's own Match is not.
func TestConcurrent(t *testing.T) {
	r := keyrules.New()
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 500 {
				if _, ok := r.Match(fmt.Sprintf("a%d_password", g*i)); !ok {
					t.Error("not hit")
					return
				}
				if _, ok := r.Match("cache_key"); ok {
					t.Error("hit")
					return
				}
			}
		})
	}
	wg.Wait()
}
