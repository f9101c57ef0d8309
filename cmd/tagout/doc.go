// Tagout replaces known secrets in text by tags that say which secret and which
// version it was.
//
//	tagout demo                                   the whole story in a terminal
//	tagout filter  [sources]                      standard input to standard output
//	tagout run     [sources] -- COMMAND ARGS...   a command's output, both streams
//	tagout scan    [sources] PATH...              where known secrets stand in files
//
// Sources say which values are secret. They are never given on the command line,
// where every user of the machine can read them:
//
//	--secrets FILE   JSON, YAML or dotenv; can be repeated
//	--dir DIR        one file per secret, as Kubernetes mounts them; can be repeated
//	--env PATTERN    variables whose name matches, case ignored; can be repeated
//	--vault ADDR --path PATH
//	                 a secret in Vault or OpenBao; --path can be repeated
//
// What is read from Vault is read again while tagout runs, at once where Vault
// tells of changes and else every minute, so that a value which is rotated in
// meanwhile is covered too. The credentials come from the variables of the vault
// command: VAULT_TOKEN, VAULT_ROLE for the service account of a pod, VAULT_ROLE_ID
// for AppRole, VAULT_CACERT, VAULT_NAMESPACE; VAULT_ADDR stands in for --vault. They
// are covered as well. Without an answer at the start tagout ends with status 2.
//
// In JSON and YAML files nested maps become names: {"payments": {"db":
// {"password": "..."}}} is the secret payments/db/password. A map of "data" and
// "version", as Vault writes it, gives the version that tags show; a secret
// without a version gets one from its keyed fingerprint, with a key that is
// random unless --fingerprint-key names a file. Of variables that hold a URL or
// a connection string, the password is the secret.
//
// The command run looks at the variables that hold secrets by custom without
// being told (tagout run --help lists the patterns; --no-default-env turns that
// off). The command keeps standard input, its exit status and signals, and each
// of its output streams stays a terminal if it was one. What a command writes to
// /dev/tty does not pass through tagout. tagout ends when all holders of the
// streams have closed them, as a pipe would.
//
// # Exit status
//
// filter and demo: 0, 1 if writing failed or (demo) a secret was left, 2 for an
// error in the set-up: bad usage, a malformed file, nothing to protect. run: the
// command's own, 126 and 127 if it could not be started, 2 for the set-up. scan:
// 0 if nothing was found, 1 if something was, 2 if anything could not be looked
// at. A process that ends by a signal ends by that signal.
package main
