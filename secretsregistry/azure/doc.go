// Package azure reads secrets from Azure Key Vault with the official SDK.
//
// A path is the name of a secret. Its newest version is the payload; the newest
// enabled one before it comes with it as the previous version, best effort. The
// version that is shown is the first 8 characters of Key Vault's own. An expiry
// date (exp) on a version ends the life of the value.
//
// A secret that holds a JSON object gives one field per key; any other text is
// the one field "value".
//
// In Azure use a managed identity, on AKS a workload identity; neither needs a
// secret in a configuration:
//
//	cred, err := azure.ManagedIdentity("")
//	p, err := azure.New("https://payments.vault.azure.net", cred, registry.Put)
//
// The SDK's retries are switched off: the cache decides about retries and
// counts them. Errors of the SDK print the bodies of answers; errors of this
// package do not.
package azure
