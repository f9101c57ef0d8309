// Package collector is the root of the Collector module: the processor is in
// tagoutprocessor, the extension that holds the secrets in tagoutregistry, and
// the table by which any processor can be measured in census. The folder
// distribution has a builder manifest and sample configurations.
package collector
