package main

import (
	"errors"
	"fmt"

	"iodefgw/iodef"
)

// runConvert converts a document: version 1 to 2, and between the XML and JSON
// forms of version 2. What was lost on the way goes to standard error.
func runConvert(env *Env, args []string) error {
	flags := flagSet()
	to := flags.String("to", "", "what to write: `2.00`, json or xml")
	rest, err := parseN(flags, args, "FILE")
	if err != nil {
		return err
	}
	if *to != "2.00" && *to != "json" && *to != "xml" {
		return Hint{fmt.Errorf("-to %q is unknown", cut(*to, 20)), "say -to 2.00, -to json or -to xml"}
	}
	data, err := env.readInput(rest[0], maxDocument)
	if err != nil {
		return err
	}
	if data, err = gunzip(data); err != nil {
		return fmt.Errorf("gunzip %q: %w", rest[0], err)
	}
	out, losses, err := convert(data, *to)
	var malformed *iodef.Malformed
	var invalid *iodef.Invalid
	switch {
	case errors.As(err, &malformed):
		env.showChecked(&checked{File: rest[0], Verdict: iodef.VerdictMalformed, Findings: []iodef.Finding{malformed.Finding}}, data)
		return errFindings
	case errors.As(err, &invalid):
		return Hint{refused("%s cannot be converted: %w", rest[0], err), "iodefgw check shows all that is wrong with it"}
	case err != nil:
		return fmt.Errorf("convert %q: %w", rest[0], err)
	}
	for _, l := range losses {
		fmt.Fprintf(env.Stderr, "note: %s\n", printable(l.String()))
	}
	if _, err := env.Stdout.Write(out); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}

// convert gives the bytes and what could not be carried over.
func convert(data []byte, to string) ([]byte, []iodef.Loss, error) {
	if isJSON(data) {
		if to == "json" {
			return nil, nil, errors.New("it is JSON already")
		}
		doc, losses, err := iodef.FromJSON(data)
		if err != nil {
			return nil, nil, err
		}
		out, conflicts, err := iodef.EncodeTolerant(doc)
		return out, append(losses, asLosses(conflicts)...), err
	}
	doc, err := iodef.Parse(data)
	if err != nil {
		return nil, nil, err
	}
	var losses []iodef.Loss
	var out []byte
	if doc.Version() == iodef.V1 {
		tree, lost, err := iodef.ToV2(doc)
		if err != nil {
			return nil, nil, err
		}
		if out, err = iodef.Encode(tree); err != nil {
			return nil, nil, err
		}
		if losses = lost; to != "json" {
			return out, losses, nil
		}
		if doc, err = iodef.Parse(out); err != nil {
			return nil, nil, err
		}
	}
	if to != "json" {
		return nil, nil, errors.New("it is XML of version 2.00 already")
	}
	out, lost, err := iodef.ToJSON(doc)
	return out, append(losses, lost...), err
}

// asLosses tells of forms that the RFC itself is at odds about.
func asLosses(conflicts []iodef.Finding) []iodef.Loss {
	var all []iodef.Loss
	for _, f := range conflicts {
		all = append(all, iodef.Loss{Path: f.Path, Text: f.Text})
	}
	return all
}
