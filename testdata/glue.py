#!/usr/bin/env python3
"""What a site would write instead of the gateway: mails are fetched from IMAP,
gpgv checks the signature, xmllint the document, SQLite keeps the ticket, and a
mail with the document goes to the other site. It does less: no decryption, no
screening, no conditions, no redaction, no proofs, no signature of its own, no
audit. It is careful with time all the same: connections are kept, mails come
and are moved in batches, a batch is two commits, processes are forked without
a shell, nothing waits.

  glue.py MAILS < settings.json       prints what it took as JSON

With "together" in the settings, one xmllint judges the documents of a batch,
which saves reading the schema for each; else each mail has one of its own.
"""
import imaplib
import json
import os
import re
import resource
import smtplib
import sqlite3
import ssl
import subprocess
import sys
import time
from email import message_from_bytes
from email.message import EmailMessage

BATCH = 50
SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE ticket (
  id INTEGER PRIMARY KEY, uid INTEGER NOT NULL, message_id TEXT, raw BLOB NOT NULL,
  document BLOB, verdict TEXT NOT NULL, sent INTEGER NOT NULL DEFAULT 0);
"""


def cpu():
    """CPU seconds of this process and of the processes it has waited for."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def run(command, data, fds=()):
    return subprocess.run(command, input=data, pass_fds=fds, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0


def signed(raw, mail):
    """The signed bytes of a PGP/MIME mail and their signature (RFC 3156, 5)."""
    boundary = re.escape(b"--" + mail.get_boundary().encode())
    parts = re.split(rb"\r\n" + boundary + rb"(?:--)?[ \t]*\r\n", b"\r\n" + raw)
    return parts[1], mail.get_payload(1).get_payload(decode=True)


def verified(keyring, data, signature):
    """gpgv reads the data from its standard input, the signature from a pipe."""
    reader, writer = os.pipe()
    os.write(writer, signature)  # smaller than a pipe holds
    os.close(writer)
    try:
        return run(["gpgv", "--quiet", "--keyring", keyring, "--enable-special-filenames",
                    "--", "-&%d" % reader, "-"], data, (reader,))
    finally:
        os.close(reader)


def document(mail):
    for part in mail.walk():
        if part.get_content_type() == "application/xml":
            return part.get_payload(decode=True)
    return None


def validates(s, documents):
    """For each document, whether the schema's rules hold."""
    command = ["xmllint", "--noout", "--nonet", "--schema", s["schema"]]
    if not s["together"]:
        return [run(command + ["-"], d) for d in documents]
    names = []
    for i, d in enumerate(documents):
        names.append(os.path.join(s["folder"], "%d.xml" % i))
        with open(names[-1], "wb") as f:
            f.write(d)
    said = subprocess.run(command + names, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE).stderr.decode().split("\n")
    return [name + " validates" in said for name in names]


def judge(s, mails):
    """(verdict, document) of each mail."""
    verdicts, documents = [], {}
    for i, raw in enumerate(mails):
        mail = message_from_bytes(raw)
        if mail.get_content_type() != "multipart/signed":
            verdicts.append("unsigned")
        elif not verified(s["keyring"], *signed(raw, mail)):
            verdicts.append("bad signature")
        else:
            verdicts.append("no document")
            xml = document(mail)
            if xml is not None:
                documents[i] = xml
    for i, valid in zip(documents, validates(s, list(documents.values()))):
        verdicts[i] = "accepted" if valid else "invalid"
    return [(v, documents.get(i)) for i, v in enumerate(verdicts)]


def notice(s, ticket, xml):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = s["from"], s["to"], "Incident GLUE#%08d" % ticket
    mail["Message-ID"] = "<%d.%d@glue.test>" % (ticket, time.time_ns())
    mail.set_content("Please see the attached report.\n")
    mail.add_attachment(xml, maintype="application", subtype="xml", filename="incident.xml")
    return mail.as_bytes()


def work(s, imap, smtp, db, uids):
    """A batch, from the mailbox to the other site."""
    _, answer = imap.uid("FETCH", ",".join(uids), "(UID BODY.PEEK[])")
    mails = [item for item in answer if isinstance(item, tuple)]
    rows = [(int(re.search(rb"UID (\d+)", head).group(1)), raw, xml, verdict)
            for (head, raw), (verdict, xml) in zip(mails, judge(s, [raw for _, raw in mails]))]
    tickets = []
    with db:
        for row in rows:
            done = db.execute("INSERT INTO ticket (uid, raw, document, verdict) VALUES (?, ?, ?, ?)", row)
            if row[3] == "accepted":
                tickets.append((done.lastrowid, row[2]))
    imap.uid("MOVE", ",".join(uids), "Processed")
    for ticket, xml in tickets:
        smtp.sendmail(s["from"], [s["to"]], notice(s, ticket, xml))
    with db:
        db.executemany("UPDATE ticket SET sent = 1 WHERE id = ?", [(t,) for t, _ in tickets])
    return len(tickets)


def main():
    s = json.load(sys.stdin)
    want = int(sys.argv[1])
    tls = ssl.create_default_context(cafile=s["ca"])
    db = sqlite3.connect(s["database"])
    db.executescript(SCHEMA)
    imap = imaplib.IMAP4_SSL(s["host"], s["imap_port"], ssl_context=tls)
    imap.login(s["user"], s["password"])
    imap.create("Processed")
    imap.select("INBOX")
    smtp = smtplib.SMTP(s["host"], s["smtp_port"], timeout=60)
    smtp.starttls(context=tls)
    smtp.ehlo()

    begun, before = time.monotonic(), cpu()
    _, found = imap.uid("SEARCH", None, "ALL")
    uids = [u.decode() for u in found[0].split()][:want]
    sent = sum(work(s, imap, smtp, db, uids[i:i + BATCH]) for i in range(0, len(uids), BATCH))
    print(json.dumps({"sent": sent, "seconds": time.monotonic() - begun,
                      "cpu": cpu() - before, "startup": before}))
    smtp.quit()
    imap.logout()


main()
