// Package keyrules says under which keys a value is hidden whatever it is:
// password, authorization, cookie, api_key, token and their like.
//
// It is a second layer for secrets that nobody registered, off unless an adapter
// is given [Rules]. A value under such a key becomes a tag that names the rule:
//
//	{"password":"[REDACTED:key/password]"}
//
// # What is hit
//
// A key is split into words at every byte that is neither letter nor digit, at
// the humps of camelCase and between letters and digits. A rule is hit if the
// last words of the key, taken together, spell it: the rule api_key is hit by
// api_key, apiKey, API-KEY, x-api-key, db.apikey and apiKey2, but not by
// api_key_count. The last word says what a value is, so cache_key, author,
// token_count and password_policy are not hit. Numbers and a few words that do
// not change what a value is (value, header, string, raw, plain, text, old, new,
// current, previous) are passed over at the end of a key: authorization_header
// and password_2 are hit.
//
// Where several rules or exceptions fit, the one with the most words decides,
// and an exception wins a tie: after Except("csrf_token"), csrf_token and
// form.csrf_token are shown and access_token is not.
package keyrules
