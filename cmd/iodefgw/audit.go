package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"iodefgw/store"
)

func runAudit(env *Env, args []string) error {
	return runVerb(env, args, verb{"verify", auditVerify}, verb{"replay", auditReplay}, verb{"list", auditList})
}

// eventLine is one link of the audit chain.
type eventLine struct {
	Seq     int64           `json:"seq"`
	At      time.Time       `json:"at"`
	Actor   string          `json:"actor"`
	Verb    string          `json:"verb"`
	Subject string          `json:"subject"`
	Detail  json.RawMessage `json:"detail"`
	Hash    string          `json:"hash"`
}

// auditVerify walks the chain of events from the first to the last.
func auditVerify(env *Env, args []string) error {
	flags := flagSet()
	asJSON := flags.Bool("json", false, "one JSON object")
	s, _, err := env.open(flags, args, reads)
	if err != nil {
		return err
	}
	defer s.Close()
	heads, err := s.Heads(s.ctx)
	if err != nil {
		return storeHint(err)
	}
	var verify func(store.Head) error
	if len(heads) > 0 {
		// Signed with the gateway's key: an older one stays in the key file.
		secret, err := s.config.Secret()
		if err != nil {
			return err
		}
		verify = func(h store.Head) error { return secret.VerifyText([]byte(h.Text()), h.Signature, h.At) }
	}
	n, fault := s.VerifyChain(s.ctx, verify)
	if errors.Is(fault, store.ErrUnavailable) && !errors.Is(fault, store.ErrCorrupt) {
		return storeHint(fault)
	}
	head, err := s.Head(s.ctx)
	if err != nil {
		return storeHint(err)
	}
	if *asJSON {
		line := struct {
			Sound int64  `json:"sound"`
			Head  string `json:"head"`
			Fault string `json:"fault"`
		}{Sound: n, Head: head.Hash}
		if fault != nil {
			line.Fault = fault.Error()
		}
		if err := env.jsonLine(line); err != nil {
			return err
		}
		if fault != nil {
			return errFindings
		}
		return nil
	}
	if fault != nil {
		return Hint{refused("the audit chain is broken after event %d: %w", n, fault), "compare with a backup; somebody or something has changed the database"}
	}
	fmt.Fprintf(env.Stdout, "%d events, each linked to the one before, %d signed heads\nhead %s\n", n, len(heads), head.Hash)
	return nil
}

// auditList prints events: who did what to which mail, ticket or delivery.
func auditList(env *Env, args []string) error {
	flags := flagSet()
	subject := flags.String("subject", "", "only events of this `SUBJECT`, such as mail/7, ticket/42 or delivery/9")
	asJSON := flags.Bool("json", false, "one JSON object per event")
	s, _, err := env.open(flags, args, reads)
	if err != nil {
		return err
	}
	defer s.Close()
	filter := store.EventFilter{Subject: *subject}
	out := env.listing(*asJSON, "SEQ", "AT", "ACTOR", "VERB", "SUBJECT", "DETAIL")
	for e, err := range paged(func() ([]store.Event, error) { return s.Events(s.ctx, filter) }) {
		if err != nil {
			return err
		}
		filter.After = e.Seq
		if err := out.add(eventLine{e.Seq, e.At.UTC(), e.Actor, e.Verb, e.Subject, json.RawMessage(e.Detail), e.Hash},
			fmt.Sprint(e.Seq), moment(e.At), e.Actor, e.Verb, e.Subject, e.Detail); err != nil {
			return err
		}
	}
	out.end()
	return nil
}
