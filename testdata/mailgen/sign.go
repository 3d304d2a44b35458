package main

import (
	"bytes"
	"crypto"
	_ "crypto/md5" // to make what must be refused
	"crypto/rsa"
	_ "crypto/sha1"
	_ "crypto/sha512"
	"encoding/binary"
	"io"
	"log"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	_ "golang.org/x/crypto/ripemd160"

	"iodefgw/mailgw/message"
)

// must stops the generator: its input is its own.
func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal("mailgen: ", err)
	}
	return v
}

// A signing says how a signature is made.
type signing struct {
	key       *openpgp.Entity
	subkey    bool // sign with the newest subkey
	at        time.Time
	hash      crypto.Hash
	text      bool
	change    func(*packet.Signature)
	recipient *openpgp.Entity // Intended Recipient
}

// packet makes the signature packet over data.
func (s signing) packet(data []byte) []byte {
	if s.at.IsZero() {
		s.at = signedAt
	}
	if s.hash == 0 {
		s.hash = crypto.SHA256
	}
	priv := s.key.PrivateKey
	if s.subkey {
		priv = s.key.Subkeys[len(s.key.Subkeys)-1].PrivateKey
	}
	cfg := config("signature "+string(priv.Fingerprint)+s.at.String(), s.at)
	sig := &packet.Signature{
		Version: priv.Version, SigType: packet.SigTypeBinary, PubKeyAlgo: priv.PubKeyAlgo, Hash: s.hash,
		CreationTime: s.at, IssuerKeyId: &priv.KeyId, IssuerFingerprint: priv.Fingerprint, IssuerKeyVersion: uint8(priv.Version),
	}
	if s.recipient != nil {
		sig.IntendedRecipients = []*packet.Recipient{{KeyVersion: s.recipient.PrimaryKey.Version, Fingerprint: s.recipient.PrimaryKey.Fingerprint}}
	}
	if s.change != nil {
		s.change(sig)
	}
	h := must(sig.PrepareSign(cfg))
	if s.text {
		sig.SigType = packet.SigTypeText
		openpgp.NewCanonicalTextHash(h).Write(data)
	} else {
		h.Write(data)
	}
	var b bytes.Buffer
	if err := sig.Sign(h, priv, cfg); err != nil {
		log.Fatal("mailgen: sign: ", err)
	}
	if err := sig.Serialize(&b); err != nil {
		log.Fatal("mailgen: sign: ", err)
	}
	return b.Bytes()
}

// by is a signature in the common form.
func by(k *openpgp.Entity) signing { return signing{key: k} }

// rawRSA makes a version 4 signature by an RSA key without the library, which
// does not make bad ones: with any hash, and with further hashed subpackets.
func rawRSA(k *openpgp.Entity, hash crypto.Hash, hashID byte, subpackets, data []byte) []byte {
	hashed := binary.BigEndian.AppendUint32([]byte{5, 2}, uint32(signedAt.Unix()))
	hashed = append(hashed, append([]byte{22, 33, 4}, k.PrimaryKey.Fingerprint...)...)
	return rawSignature(k, hash, hashID, append(hashed, subpackets...), nil, data)
}

// rawSignature is rawRSA with all its subpackets as they are given.
func rawSignature(k *openpgp.Entity, hash crypto.Hash, hashID byte, hashed, unhashed, data []byte) []byte {
	body := []byte{4, 0, 1, hashID, 0, byte(len(hashed))}
	body = append(body, hashed...)
	h := hash.New()
	h.Write(data)
	h.Write(body)
	h.Write([]byte{4, 0xFF, 0, 0, 0, byte(len(body))})
	digest := h.Sum(nil)
	sig := must(rsa.SignPKCS1v15(nil, k.PrivateKey.PrivateKey.(*rsa.PrivateKey), hash, digest))
	unhashed = binary.BigEndian.AppendUint64(append(unhashed, 9, 16), k.PrimaryKey.KeyId)
	body = append(body, 0, byte(len(unhashed)))
	body = append(body, unhashed...)
	body = append(body, digest[0], digest[1])
	sig = bytes.TrimLeft(sig, "\x00")
	bits := len(sig) * 8
	for m := byte(0x80); m != 0 && sig[0]&m == 0; m >>= 1 {
		bits--
	}
	body = binary.BigEndian.AppendUint16(body, uint16(bits))
	return packetOf(2, append(body, sig...))
}

// packetOf writes a packet in the new format (RFC 9580 4.2.1).
func packetOf(tag byte, body []byte) []byte {
	out := []byte{0xC0 | tag, 0xFF}
	out = binary.BigEndian.AppendUint32(out, uint32(len(body)))
	return append(out, body...)
}

// literal is a literal data packet.
func literal(name string, data []byte) []byte {
	body := append([]byte{'b', byte(len(name))}, name...)
	body = append(body, 0, 0, 0, 0)
	return packetOf(11, append(body, data...))
}

// signedMessage is a one-pass signed message.
func signedMessage(s signing, name string, data []byte) []byte {
	sig := s.packet(data)
	p := must(packet.Read(bytes.NewReader(sig))).(*packet.Signature)
	ops := packet.OnePassSignature{Version: 3, SigType: p.SigType, Hash: p.Hash, PubKeyAlgo: p.PubKeyAlgo, KeyId: *p.IssuerKeyId, IsLast: true}
	if p.Version == 6 {
		ops.Version, ops.KeyFingerprint, ops.Salt = 6, p.IssuerFingerprint, p.Salt()
	}
	var b bytes.Buffer
	if err := ops.Serialize(&b); err != nil {
		log.Fatal("mailgen: ", err)
	}
	b.Write(literal(name, data))
	b.Write(sig)
	return b.Bytes()
}

// encryptTo encrypts packets to a key, with a hash (MDC) as version 1.
func encryptTo(to *openpgp.Entity, seed string, packets []byte) []byte {
	cfg := config("encrypt "+seed, signedAt)
	sub := to.Subkeys[0].PublicKey
	key := must(io.ReadAll(io.LimitReader(cfg.Rand, 32)))
	var b bytes.Buffer
	if err := packet.SerializeEncryptedKeyAEAD(&b, sub, packet.CipherAES256, false, key, cfg); err != nil {
		log.Fatal("mailgen: ", err)
	}
	w := must(packet.SerializeSymmetricallyEncrypted(&b, packet.CipherAES256, false, packet.CipherSuite{}, key, cfg))
	must(w.Write(packets))
	if err := w.Close(); err != nil {
		log.Fatal("mailgen: ", err)
	}
	return b.Bytes()
}

// encryptAEAD encrypts packets to a key as version 2 (AEAD).
func encryptAEAD(to *openpgp.Entity, seed string, packets []byte) []byte {
	cfg := config("aead "+seed, signedAt)
	cfg.AEADConfig = &packet.AEADConfig{}
	sub := to.Subkeys[0].PublicKey
	key := must(io.ReadAll(io.LimitReader(cfg.Rand, 32)))
	var b bytes.Buffer
	if err := packet.SerializeEncryptedKeyAEAD(&b, sub, packet.CipherAES256, true, key, cfg); err != nil {
		log.Fatal("mailgen: ", err)
	}
	w := must(packet.SerializeSymmetricallyEncrypted(&b, packet.CipherAES256, true,
		packet.CipherSuite{Cipher: packet.CipherAES256, Mode: packet.AEADModeOCB}, key, cfg))
	must(w.Write(packets))
	if err := w.Close(); err != nil {
		log.Fatal("mailgen: ", err)
	}
	return b.Bytes()
}

// asc armors packets, with CRLF.
func asc(kind string, packets []byte) []byte {
	b := must(armored(kind, func(w io.Writer) error { _, err := w.Write(packets); return err }))
	return crlf(b)
}

func crlf(b []byte) []byte {
	b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n"))
}

// entity is a text part and attachments, as message.Entity makes them.
func entity(text string, files ...message.Attachment) []byte {
	return must(message.Entity(text, files...))
}
