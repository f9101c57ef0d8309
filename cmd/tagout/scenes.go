package main

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
)

// demoSecrets are made up for the demo and open nothing. What looks like a
// vendor's format is not one.
func demoSecrets() map[string]map[string]string {
	return map[string]map[string]string{
		"payments/db":    {"password": `Zq7!mW2"kd9$Lx&c`},
		"payments/api":   {"key": "pk_demo_4eC39HqLyjWDarjtT1zdp7dc", "token": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJkZW1vIiwibiI6NDcxMX0.c2lnbmF0dXJl"},
		"payments/relay": {"password": "hx5-Tuv.92-qWmJ"},
		"payments/tls": {"key": "-----BEGIN PRIVATE KEY-----\n" +
			"MDEyMzQ1Njc4OWFiY2RlZm1hZGV1cGZvcnRoZWRlbW8tdGFnb3V0LWxpbmUtMQ==\n" +
			"bm90YS1yZWFsLWtleS1idXQtaXQtbG9va3MtbGlrZS1vbmUtbGluZS0yLXRhZw==\n" +
			"-----END PRIVATE KEY-----"},
	}
}

// scenes is the demo, in order. A new part appends its scene.
func scenes() []scene {
	return []scene{
		{"Loggers", "One incident through four loggers: text, quotes, JSON and its escapes. The relay's password was bound to them before anyone registered it.", sceneLoggers},
		{"A connection error", "Drivers put the whole DSN into their errors, percent-encoded.", sceneDSN},
		{"An HTTP request", "Basic authentication is base64 of user and password: only the characters that carry the secret go.", sceneHTTP},
		{"A web service", "Behind httpmw the log names the secret. The peer gets a constant tag: a name would confirm a guess.", sceneService},
		{"A stack trace", "A panic prints what it was given.", sceneStack},
		{"JSON in JSON", "A queue's message quotes a document that quotes the secret: escapes in escapes.", sceneNested},
		{"Rotation in mid-run", "The password rotates. The old one goes on turning up, in retries and pools, and keeps its own tag.", sceneRotation},
		{"Bytes", "Hex, base64 of a file, the numbers that fmt prints for a []byte.", sceneBytes},
		{"A key of several lines", "A private key with a logger's prefix on each line becomes one tag. A line of it alone is secret too.", sceneKey},
		{"Cut off", "A field limit cuts a token in two. What is left of it would still help to guess the rest.", sceneCut},
		{"A span", "OpenTelemetry: name, trace state, status, resource, attributes of every kind and recorded errors, at the exporter.", sceneSpans},
	}
}

func sceneDSN(st *stage) error {
	db, err := st.fetch("payments/db")
	if err != nil {
		return err
	}
	pw := db["password"]
	dsn := url.URL{Scheme: "postgres", User: url.UserPassword("app", pw), Host: "db:5432", Path: "/payments"}
	_, userinfo, _ := strings.Cut(dsn.User.String(), ":")
	st.plant(userinfo)
	return st.print("error", "dial "+dsn.String()+": connection refused\n"+
		"retrying with ?user=app&password="+st.plant(url.QueryEscape(pw))+"&sslmode=require\n")
}

func sceneHTTP(st *stage) error {
	db, err := st.fetch("payments/db")
	if err != nil {
		return err
	}
	api, err := st.fetch("payments/api")
	if err != nil {
		return err
	}
	basic := base64.StdEncoding.EncodeToString([]byte("app:" + db["password"]))
	st.plant(basic[8:22]) // "app:" is 4 bytes: the secret begins inside the second group of four
	return st.print("http", "POST /v1/charges?key="+st.plant(api["key"])+" HTTP/1.1\n"+
		"Host: api.example.com\n"+
		"Authorization: Basic "+basic+"\n"+
		"X-Forwarded-Authorization: Bearer "+st.plant(api["token"])+"\n\n"+
		"amount=1200&currency=eur&password="+st.plant(url.QueryEscape(db["password"]))+"\n")
}

func sceneStack(st *stage) error {
	db, err := st.fetch("payments/db")
	if err != nil {
		return err
	}
	pw := db["password"]
	return st.print("stderr", "panic: open pool: bad credentials {User:app Password:"+st.plant(pw)+"}\n\n"+
		"goroutine 1 [running]:\n"+
		"main.connect({0xc000018120, 0x3e})\n"+
		"\t/src/payments/db.go:42 +0x1d\n"+
		"main.main()\n"+
		"\t/src/payments/main.go:17 +0x25\n"+
		"exit status 2\n")
}

func sceneNested(st *stage) error {
	db, err := st.fetch("payments/db")
	if err != nil {
		return err
	}
	inner := jsonOf(map[string]string{"user": "app", "password": db["password"]})
	middle := jsonOf(map[string]string{"topic": "retry", "body": inner})
	outer := jsonOf(map[string]string{"queue": "dead-letters", "message": middle})
	spelling := inside(jsonOf(db["password"]))
	for _, text := range []string{inner, middle, outer} {
		st.plant(spelling)
		if err := st.print("queue", text+"\n"); err != nil {
			return err
		}
		spelling = inside(jsonOf(spelling))
	}
	return nil
}

func sceneRotation(st *stage) error {
	before, err := st.fetch("payments/db")
	if err != nil {
		return err
	}
	old := before["password"]
	if err := st.print("log", "13:00:00 INFO  lease ends soon, password is still "+st.plant(old)+"\n"); err != nil {
		return err
	}
	st.manager.Set("payments/db", map[string]string{"password": `nT4;rB8'vs1#Qp/k`})
	after, err := st.fetch("payments/db")
	if err != nil {
		return err
	}
	now := after["password"]
	if now == old {
		return fmt.Errorf("the password has not rotated")
	}
	return st.print("log", "13:00:01 INFO  rotated, password is now "+st.plant(now)+"\n"+
		"13:00:02 WARN  retry 3 of job 4711 still uses "+st.plant(old)+"\n"+
		"13:00:02 INFO  ALTER ROLE app PASSWORD: "+st.plant(inside(jsonOf(now)))+" replaces "+st.plant(url.QueryEscape(old))+"\n")
}

func sceneBytes(st *stage) error {
	api, err := st.fetch("payments/api")
	if err != nil {
		return err
	}
	key := api["key"]
	return st.print("bytes", "payload hex  "+st.plant(hex.EncodeToString([]byte(key)))+"\n"+
		"secret.yaml  key: "+st.plant(base64.StdEncoding.EncodeToString([]byte(key)))+"\n"+
		"[]byte       "+"["+st.plant(inside(fmt.Sprint([]byte(key))))+"]\n")
}

func sceneKey(st *stage) error {
	tls, err := st.fetch("payments/tls")
	if err != nil {
		return err
	}
	lines := strings.Split(tls["key"], "\n")
	var b strings.Builder
	for i, line := range lines {
		if 0 < i && i < len(lines)-1 {
			st.plant(line)
		}
		fmt.Fprintf(&b, "13:05:0%d DEBUG key: %s\n", i, line)
	}
	fmt.Fprintf(&b, "13:05:09 ERROR cannot parse line 2: %s\n", lines[2])
	return st.print("log", b.String())
}

func sceneCut(st *stage) error {
	api, err := st.fetch("payments/api")
	if err != nil {
		return err
	}
	st.plant(api["token"][len("eyJhbGciOiJub25lIn0.eyJ"):48]) // beyond what all tokens begin with
	return st.print("log", "13:10:00 WARN  field cut at 48 bytes: token="+api["token"][:48])
}

// inside returns a text without the character that begins it and the one that
// ends it.
func inside(s string) string { return s[1 : len(s)-1] }

func jsonOf(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings and maps of strings always work
	}
	return string(b)
}
