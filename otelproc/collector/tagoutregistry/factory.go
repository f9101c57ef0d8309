package tagoutregistry

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension"

	"github.com/seed-00b494d3/tagout/otelproc/collector/tagoutregistry/internal/metadata"
)

// NewFactory returns the factory of the extension, which is of type
// tagoutregistry.
func NewFactory() extension.Factory {
	return extension.NewFactory(metadata.Type,
		func() component.Config { return createDefaultConfig() },
		func(_ context.Context, set extension.Settings, cfg component.Config) (extension.Extension, error) {
			return newRegistry(set, cfg.(*Config))
		},
		metadata.ExtensionStability)
}
