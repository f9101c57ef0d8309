// Package aws reads secrets from AWS Secrets Manager with the official SDK.
//
// A path is the name or the ARN of a secret. The version staged AWSCURRENT is
// the payload; AWSPREVIOUS and AWSPENDING come with it, because a rotation makes
// the pending version live at its target before the label moves, and other
// replicas go on using the previous one. The version that is shown is the first
// 8 characters of the VersionId.
//
// A secret string that holds a JSON object gives one field per key; any other
// string, and a binary secret, is the one field "value".
//
// On EKS give the pod a role by its service account (IRSA), and no keys:
//
//	p, err := aws.FromEnv(registry.Put)
//
// The SDK's retries and its logging are switched off: the cache decides about
// retries and counts them, and a log of requests holds values.
package aws
