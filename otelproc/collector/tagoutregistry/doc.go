// Package tagoutregistry is a Collector extension that holds the secrets which
// the tagout processors of all pipelines redact. It reads them from sources and
// goes on reading them, so that a rotated value is known soon after it changed:
// the processors take every new set with their next batch.
//
// Sources are files, directories with one file for each secret (as Kubernetes
// mounts them), environment variables, and secrets managers: HashiCorp Vault,
// OpenBao, AWS Secrets Manager, Azure Key Vault and Google Secret Manager. A rotated-out value stays redacted for
// its grace. Neither values nor the content of files are ever part of an error,
// a log entry or a metric; names, lengths and paths are.
package tagoutregistry

//go:generate go tool mdatagen metadata.yaml
