// Package iodef reads, checks, converts and writes incident reports in the
// Incident Object Description Exchange Format: version 1 (RFC 5070) and
// version 2 (RFC 7970), with the extensions of RFC 7203 (SCI), RFC 5901
// (phishing) and RFC 7495 (enum) and the JSON form of RFC 8727.
//
// A report goes through four steps, and the files are named after them:
//
//   - Scan. Parse is a strict reader made for hostile input: one pass over the
//     text, no DOCTYPE, no entities but the five, caps on everything, and never
//     a fetch of anything (scan, scan_tag, encoding). A Reader does the same
//     for thousands of documents in memory it uses again.
//   - Table. One table per version holds what the RFC says, in a notation close
//     to a DTD; everything reads it (table_v1, table_v2, …; table_compile turns
//     it into declarations and automata once). Each element learns its
//     declaration while Parse checks the structure.
//   - Validate gives every finding at once, with path, line, rule and what to
//     change: breaches of the schema (validate) and of the rules that only the
//     prose states (rules).
//   - Views. Elements have typed views (Incident, System, Address, …), a value
//     class and an effective restriction; Cells yields every value.
//
// ToV2, ToJSON and FromJSON convert. Encode writes a tree that we build, a
// Builder what is made of nothing; both refuse what is not valid.
//
// Not covered: CBOR, writing of version 1 from version 2, verification of XML
// signatures inside a document (they are evidence, never a reason to trust).
package iodef
