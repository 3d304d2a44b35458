// Package iodef reads, checks, converts and writes incident reports in the
// Incident Object Description Exchange Format: version 1 (RFC 5070) and
// version 2 (RFC 7970), with the extensions of RFC 7203 (SCI), RFC 5901
// (phishing) and RFC 7495 (enum) and the JSON form of RFC 8727.
//
// Parse is a strict reader made for hostile input: one pass, no DOCTYPE, no
// entities but the five, caps on everything, and never a fetch of anything.
// Validate gives every finding at once, with path, line, rule and what to
// change. Elements have typed views (Incident, System, Address, …), a value
// class and an effective restriction; Cells yields every value. Encode writes
// what we build, or refuses it.
//
// One table per version holds what the RFC says; everything reads it.
//
// Not covered: CBOR, writing of version 1 from version 2, verification of XML
// signatures inside a document (they are evidence, never a reason to trust).
package iodef
