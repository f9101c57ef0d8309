package httpmw

import (
	"strings"
	"sync"

	"github.com/seed-00b494d3/tagout/keyrules"
)

// moreKeys are names that carry secrets in HTTP besides those of
// [keyrules.Defaults].
var moreKeys = []string{
	"auth", "authentication_info", "session", "session_id", "sid", "phpsessid", "jsessionid",
	"signature", "sig", "assertion", "code_verifier", "saml_response", "saml_request",
	"access_key_id", "google_access_id", "pass", "otp", "totp",
}

// KeyRules returns the names whose values [AccessLog], [LogFormatter], [Transport] and
// [RedactError] hide without being told: [keyrules.Defaults] (authorization, cookie,
// set_cookie, api_key, token, password and their like, so that Proxy-Authorization,
// X-Api-Key, access_token and client_secret are among them) and auth,
// authentication_info, session, session_id, sid, phpsessid, jsessionid, signature,
// sig, assertion, code_verifier, saml_response, saml_request, access_key_id,
// google_access_id, pass, otp and totp. The set is shared.
func KeyRules() *keyrules.Rules { return defaultKeys() }

var defaultKeys = sync.OnceValue(func() *keyrules.Rules { return keyrules.New(keyrules.Add(moreKeys...)) })

// passwordTag stands for the password of a URL, which has no key.
const passwordTag = "[REDACTED:key/password]"

// isTag reports whether v is one tag and nothing else: it says more than the tag
// of a key would.
func isTag(v string) bool {
	return strings.HasPrefix(v, "[REDACTED") && strings.IndexByte(v, ']') == len(v)-1 &&
		strings.LastIndexByte(v, '[') == 0
}
