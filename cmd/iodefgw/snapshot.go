package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"

	"iodefgw/mailgw"
	"iodefgw/mailgw/pgp"
	"iodefgw/relay"
	"iodefgw/store"
)

// snapshot is what decisions are made from, as it is now, and kept in the
// database under the digests that decisions name.
func (c *Config) snapshot(ctx context.Context, env *Env, s *store.Store, secret *pgp.Secret) (*mailgw.Snapshot, error) {
	text := []byte(defaultPolicy)
	if file := c.Gateway.Policy; file != "" {
		var err error
		if text, err = os.ReadFile(file); err != nil {
			return nil, fmt.Errorf("read policy: %w", err)
		}
	}
	policy, err := parsePolicy(c.Gateway.Policy, text)
	if err != nil {
		return nil, err
	}
	templates, err := c.letters()
	if err != nil {
		return nil, err
	}
	mark, err := relay.NewMark(secret)
	if err != nil {
		return nil, err
	}
	parties, err := readRegistry(ctx, s, env.Now())
	if err != nil {
		return nil, err
	}
	next := &mailgw.Snapshot{Parties: parties, Relay: c.relay(env, mark, templates)}
	next.Relay.Secret, next.Relay.Policy = secret, policy
	if next.Digests.Policy, err = s.PutSnapshot(ctx, "gateway", store.SnapshotPolicy, string(text)); err != nil {
		return nil, err
	}
	if next.Digests.Parties, err = s.PutSnapshot(ctx, "gateway", store.SnapshotParties, parties.Text()); err != nil {
		return nil, err
	}
	return next, nil
}

// snapshot is the gateway's hand with its key, for what an operator sends.
func (s *session) snapshot() (*mailgw.Snapshot, error) {
	secret, err := s.config.Secret()
	if err != nil {
		return nil, err
	}
	return s.config.snapshot(s.ctx, s.env, s.Store, secret)
}

// desk is the gateway's hand without the key that seals: what a decision is
// made again with.
func (s *session) desk() (*relay.Relay, error) {
	secret, err := s.config.Secret()
	if err != nil {
		return nil, err
	}
	mark, err := relay.NewMark(secret)
	if err != nil {
		return nil, err
	}
	templates, err := s.config.letters()
	if err != nil {
		return nil, err
	}
	return s.config.relay(s.env, mark, templates), nil
}

// letters are those of the gateway: its own laid over the built-in ones.
func (c *Config) letters() (*relay.Templates, error) {
	var folder fs.FS
	if c.Gateway.Templates != "" {
		folder = os.DirFS(c.Gateway.Templates)
	}
	return relay.LoadTemplates(folder)
}

// relay is the gateway's hand as the config describes it, without key and policy.
func (c *Config) relay(env *Env, mark relay.Mark, letters *relay.Templates) *relay.Relay {
	g := &c.Gateway
	return &relay.Relay{
		Us:      relay.Identity{Name: g.Name, Address: g.Address, Domain: g.Domain},
		Bounces: g.Bounce, Templates: letters, Mark: mark, Rand: env.Rand,
	}
}
