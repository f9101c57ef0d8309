package secretsregistry

import "errors"

// Register puts what another cache has fetched in force, before it hands it
// out: the one call for those who have a cache already. It classifies the
// fields as a [Cache] does, makes p's version current, registers its previous
// and pending versions, and retires fields that are gone. path becomes the
// beginning of the names.
//
//	secret, err := theirs.Get(ctx, "payments/db")
//	if err == nil {
//		err = reg.Register("payments/db", secretsregistry.NewPayload(secret.Data, secret.VersionID))
//	}
//
// Its error names fields that would go out in the clear; the value should be
// withheld then. Fields that cannot be redacted because they are short or plain
// (a port, a boolean) are no error, and are returned.
func (r *Registry) Register(path string, p *Payload) (unredactable []string, err error) {
	if len(p.Names()) == 0 {
		return nil, errors.New("secretsregistry: register: no fields")
	}
	w := r.open()
	w.paths.Lock()
	defer w.paths.Unlock()
	if w.entries == nil {
		w.entries = map[string]*cacheEntry{}
	}
	e := w.entries[path]
	if e == nil {
		e = &cacheEntry{path: path, policy: KindStatic.Policy()}
		w.entries[path] = e
	}
	c := &cache{reg: r}
	in := p.get()
	refused, err := c.register(e, &held{fields: in.fields, version: c.version(path, in)}, p)
	for _, x := range refused {
		unredactable = append(unredactable, shownName(x.field))
	}
	return unredactable, err
}
