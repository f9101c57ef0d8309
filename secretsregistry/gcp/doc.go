// Package gcp reads secrets from Google Cloud Secret Manager with the official
// client.
//
// A path is the resource name of a secret, projects/P/secrets/S, or just its
// name S where [WithProject] says the project. The version that "latest" means
// is the payload, shown as v7; the one before it comes with it as the previous
// version, best effort. Answers whose checksum does not fit are not used.
//
// "latest" is eventually consistent: for seconds after a new version was added,
// replicas can still read the old one, and a later read can give an older
// version than an earlier one did.
//
// A secret that holds a JSON object gives one field per key; any other content
// is the one field "value".
//
// On GKE bind the pod's service account (workload identity), and use no keys:
//
//	p, err := gcp.New(ctx, gcp.MetadataServer(), registry.Put, gcp.WithProject("payments"))
//
// The client's retries are switched off: the cache decides about retries and
// counts them.
package gcp
