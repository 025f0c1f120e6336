package suricata

// Env is what rules refer to. Nothing in it changes while rules are read.
type Env struct {
	Addresses map[string]string // by name without $: "HOME_NET" -> "[10.0.0.0/8,!10.9.0.0/16]"
	Ports     map[string]string // "HTTP_PORTS" -> "[80,8080]"
	Classes   map[string]Class  // of classtype

	// Refuse says what of a rule cannot be used by who judges packets, nil if
	// all of it can; a rule that is refused becomes a Problem. The signature is
	// borrowed until it returns. It may be nil.
	Refuse func(*Signature) *Refusal
}

// Refusal is why a rule that reads well cannot be used all the same.
type Refusal struct {
	Column          int // in Signature.Text, from 1; that of the Match to blame
	Keyword, Reason string
}

// Class is an entry of a classification file.
type Class struct {
	Description string
	Priority    int
}

// DefaultEnv returns the variables of Suricata's own configuration and its
// classes. The maps are the caller's to change.
func DefaultEnv() *Env {
	env := &Env{
		Addresses: map[string]string{
			"HOME_NET":     "[192.168.0.0/16,10.0.0.0/8,172.16.0.0/12]",
			"EXTERNAL_NET": "!$HOME_NET",
			"DC_SERVERS":   "$HOME_NET", "AIM_SERVERS": "$EXTERNAL_NET",
			"MODBUS_CLIENT": "$HOME_NET", "MODBUS_SERVER": "$HOME_NET",
			"ENIP_CLIENT": "$HOME_NET", "ENIP_SERVER": "$HOME_NET",
			"DNP3_CLIENT": "$HOME_NET", "DNP3_SERVER": "$HOME_NET",
			"SIP_SERVERS": "$HOME_NET", "FTP_SERVERS": "$HOME_NET", "SSH_SERVERS": "$HOME_NET",
		},
		Ports: map[string]string{
			"HTTP_PORTS": "80", "SHELLCODE_PORTS": "!80", "ORACLE_PORTS": "1521", "SSH_PORTS": "22",
			"DNP3_PORTS": "20000", "MODBUS_PORTS": "502", "FTP_PORTS": "21", "SIP_PORTS": "5060",
			"GENEVE_PORTS": "6081", "VXLAN_PORTS": "4789", "TEREDO_PORTS": "3544",
			"FILE_DATA_PORTS": "[$HTTP_PORTS,110,143]",
		},
		Classes: make(map[string]Class, len(classes)),
	}
	for _, name := range []string{"HTTP", "SMTP", "SQL", "DNS", "TELNET", "SNMP"} {
		env.Addresses[name+"_SERVERS"] = "$HOME_NET"
	}
	for _, c := range classes {
		env.Classes[c.name] = c.Class
	}
	return env
}

type namedClass struct {
	name string
	Class
}

// classes are those that rule sets in the field use: short names, what they
// mean, and priorities 1 (worst) to 4.
var classes = []namedClass{
	{"not-suspicious", Class{"Not Suspicious Traffic", 3}},
	{"unknown", Class{"Unknown Traffic", 3}},
	{"bad-unknown", Class{"Potentially Bad Traffic", 2}},
	{"attempted-recon", Class{"Attempted Information Leak", 2}},
	{"successful-recon-limited", Class{"Information Leak", 2}},
	{"successful-recon-largescale", Class{"Large Scale Information Leak", 2}},
	{"attempted-dos", Class{"Attempted Denial of Service", 2}},
	{"successful-dos", Class{"Denial of Service", 2}},
	{"attempted-user", Class{"Attempted User Privilege Gain", 1}},
	{"unsuccessful-user", Class{"Unsuccessful User Privilege Gain", 1}},
	{"successful-user", Class{"Successful User Privilege Gain", 1}},
	{"attempted-admin", Class{"Attempted Administrator Privilege Gain", 1}},
	{"successful-admin", Class{"Successful Administrator Privilege Gain", 1}},
	{"rpc-portmap-decode", Class{"Decode of an RPC Query", 2}},
	{"shellcode-detect", Class{"Executable code was detected", 1}},
	{"string-detect", Class{"A suspicious string was detected", 3}},
	{"suspicious-filename-detect", Class{"A suspicious filename was detected", 2}},
	{"suspicious-login", Class{"An attempted login using a suspicious username was detected", 2}},
	{"system-call-detect", Class{"A system call was detected", 2}},
	{"tcp-connection", Class{"A TCP connection was detected", 4}},
	{"trojan-activity", Class{"A Network Trojan was detected", 1}},
	{"unusual-client-port-connection", Class{"A client was using an unusual port", 2}},
	{"network-scan", Class{"Detection of a Network Scan", 3}},
	{"denial-of-service", Class{"Detection of a Denial of Service Attack", 2}},
	{"non-standard-protocol", Class{"Detection of a non-standard protocol or event", 2}},
	{"protocol-command-decode", Class{"Generic Protocol Command Decode", 3}},
	{"web-application-activity", Class{"access to a potentially vulnerable web application", 2}},
	{"web-application-attack", Class{"Web Application Attack", 1}},
	{"misc-activity", Class{"Misc activity", 3}},
	{"misc-attack", Class{"Misc Attack", 2}},
	{"icmp-event", Class{"Generic ICMP event", 3}},
	{"inappropriate-content", Class{"Inappropriate Content was Detected", 1}},
	{"policy-violation", Class{"Potential Corporate Privacy Violation", 1}},
	{"default-login-attempt", Class{"Attempt to login by a default username and password", 2}},
	{"sdf", Class{"Sensitive Data", 2}},
	{"file-format", Class{"Known malicious file or file based exploit", 1}},
	{"malware-cnc", Class{"Known malware command and control traffic", 1}},
	{"client-side-exploit", Class{"Known client side exploit attempt", 1}},
	{"targeted-activity", Class{"Targeted Malicious Activity was Detected", 1}},
	{"exploit-kit", Class{"Exploit Kit Activity Detected", 1}},
	{"external-ip-check", Class{"Device Retrieving External IP Address Detected", 2}},
	{"domain-c2", Class{"Domain Observed Used for C2 Detected", 1}},
	{"pup-activity", Class{"Possibly Unwanted Program Detected", 2}},
	{"credential-theft", Class{"Successful Credential Theft Detected", 1}},
	{"social-engineering", Class{"Possible Social Engineering Attempted", 2}},
	{"coin-mining", Class{"Crypto Currency Mining Activity Detected", 2}},
	{"command-and-control", Class{"Malware Command and Control Activity Detected", 1}},
}
