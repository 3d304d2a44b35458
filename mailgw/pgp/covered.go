package pgp

import "iodefgw/mailgw/message"

// Covered is a run of bytes that a good signature covers. Only this package can
// make one, so that nothing else can be handed on as covered (P2).
type Covered struct {
	bytes       []byte
	fingerprint string
	part        *message.Part
	scope       Scope
	source      *message.Part // the part of the content it was found in
	outside     bool          // the source holds other text beside it
}

// Bytes returns the verified bytes, in the form in which they were verified.
func (c Covered) Bytes() []byte { return c.bytes }

// Fingerprint is the full fingerprint of the signer's primary key.
func (c Covered) Fingerprint() string { return c.fingerprint }

// Part is the content, parsed from the verified bytes and nothing else. Of a
// file with a detached signature, name and type are hints from outside.
func (c Covered) Part() *message.Part { return c.part }

// Whole reports whether it is all that a reader of the mail sees.
func (c Covered) Whole() bool { return c.scope == ScopeWhole }

// Scope says how much of the mail it is.
func (c Covered) Scope() Scope { return c.scope }
