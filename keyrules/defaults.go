package keyrules

// defaults is the list that Defaults returns and documents.
var defaults = [...]string{
	"password", "passwords", "passwd", "passphrase", "pwd",
	"secret", "secrets", "secret_id", "secret_key", "client_secret",
	"token", "access_token", "refresh_token", "id_token", "auth_token", "session_token", "bearer",
	"api_key", "api_keys", "access_key", "private_key", "signing_key", "encryption_key", "master_key",
	"authorization", "cookie", "cookies", "set_cookie",
	"credential", "credentials", "jwt",
}

// Defaults returns the rules that [New] starts from: password, passwords,
// passwd, passphrase, pwd; secret, secrets, secret_id, secret_key,
// client_secret; token, access_token, refresh_token, id_token, auth_token,
// session_token, bearer; api_key, api_keys, access_key, private_key,
// signing_key, encryption_key, master_key; authorization, cookie, cookies,
// set_cookie; credential, credentials, jwt. The plural tokens is left out: it
// counts far more often than it lists. The slice is the caller's.
func Defaults() []string { return append([]string(nil), defaults[:]...) }

// qualifiers do not change what a value is when they end a key.
var qualifiers = map[string]bool{
	"value": true, "header": true, "string": true, "raw": true, "plain": true, "text": true,
	"plaintext": true, "old": true, "new": true, "current": true, "previous": true,
}
