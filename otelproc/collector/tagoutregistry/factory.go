package tagoutregistry

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension"
)

// NewFactory returns the factory of the extension, which is of type
// tagoutregistry.
func NewFactory() extension.Factory {
	return extension.NewFactory(component.MustNewType("tagoutregistry"),
		func() component.Config { return createDefaultConfig() },
		func(_ context.Context, set extension.Settings, cfg component.Config) (extension.Extension, error) {
			return newRegistry(set, cfg.(*Config))
		},
		component.StabilityLevelBeta)
}
