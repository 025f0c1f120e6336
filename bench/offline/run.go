package offline

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Program is one that judges captures.
type Program struct {
	Name string
	// Command is what judges a capture by a file of signatures; dir is its own.
	Command func(capture, signatures, dir string) []string
}

// Took is what a run took.
type Took struct {
	Wall   time.Duration
	CPU    time.Duration // of all threads
	Memory int64         // the most that was resident, bytes
}

// run runs a program once, on one core.
func run(ctx context.Context, p Program, capture, signatures string) (Took, error) {
	dir, err := os.MkdirTemp("", "vxwall-offline-")
	if err != nil {
		return Took{}, fmt.Errorf("run %s: %w", p.Name, err)
	}
	defer os.RemoveAll(dir)
	command := append([]string{"taskset", "-c", "1"}, p.Command(capture, signatures, dir)...)
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	start := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		return Took{}, fmt.Errorf("run %s: %w: %s", p.Name, err, last(out, 400))
	}
	took := Took{Wall: time.Since(start), CPU: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		took.Memory = usage.Maxrss << 10
	}
	return took, nil
}

func last(b []byte, n int) []byte { return b[max(0, len(b)-n):] }

// suricataConfig is Suricata with nothing but its engine: no output, no thread beside.
const suricataConfig = `%%YAML 1.1
---
vars:
  address-groups: {HOME_NET: "[192.168.0.0/16,10.0.0.0/8,172.16.0.0/12]", EXTERNAL_NET: "!$HOME_NET", HTTP_SERVERS: "$HOME_NET", SMTP_SERVERS: "$HOME_NET", SQL_SERVERS: "$HOME_NET", DNS_SERVERS: "$HOME_NET", TELNET_SERVERS: "$HOME_NET", AIM_SERVERS: "$EXTERNAL_NET", DC_SERVERS: "$HOME_NET", DNP3_SERVER: "$HOME_NET", DNP3_CLIENT: "$HOME_NET", MODBUS_CLIENT: "$HOME_NET", MODBUS_SERVER: "$HOME_NET", ENIP_CLIENT: "$HOME_NET", ENIP_SERVER: "$HOME_NET", SIP_SERVERS: "$HOME_NET", FTP_SERVERS: "$HOME_NET", SSH_SERVERS: "$HOME_NET", SNMP_SERVERS: "$HOME_NET"}
  port-groups: {HTTP_PORTS: "80", SHELLCODE_PORTS: "!80", ORACLE_PORTS: 1521, SSH_PORTS: 22, DNP3_PORTS: 20000, MODBUS_PORTS: 502, FILE_DATA_PORTS: "[$HTTP_PORTS,110,143]", FTP_PORTS: 21, GENEVE_PORTS: 6081, VXLAN_PORTS: 4789, TEREDO_PORTS: 3544, SIP_PORTS: "[5060, 5061]"}
default-log-dir: %[1]s
outputs: []
stats: {enabled: no}
logging: {default-log-level: error, outputs: [{console: {enabled: yes}}]}
app-layer:
  protocols:
    tls: {enabled: yes, detection-ports: {dp: 443}, ja3-fingerprints: yes}
    http: {enabled: yes}
    dns: {tcp: {enabled: yes, detection-ports: {dp: 53}}, udp: {enabled: yes, detection-ports: {dp: 53}}}
    ssh: {enabled: yes}
    smtp: {enabled: yes}
    ftp: {enabled: yes}
    smb: {enabled: yes, detection-ports: {dp: "139, 445"}}
decoder: {vxlan: {enabled: true, ports: $VXLAN_PORTS}}
mpm-algo: auto
`

// Suricata is the peer.
var Suricata = Program{Name: "suricata", Command: func(capture, signatures, dir string) []string {
	config := filepath.Join(dir, "suricata.yaml")
	if err := os.WriteFile(config, fmt.Appendf(nil, suricataConfig, dir), 0o600); err != nil {
		return []string{"false", err.Error()}
	}
	return []string{"suricata", "-c", config, "-r", capture, "-S", signatures, "-l", dir, "--runmode", "single", "-k", "none"}
}}

// Vxwall is this program.
func Vxwall(path string) Program {
	return Program{Name: "vxwall", Command: func(capture, signatures, dir string) []string {
		vars := filepath.Join(dir, "vars.json")
		if err := os.WriteFile(vars, []byte(`{"mode": "ids", "checksums": "none"}`), 0o600); err != nil {
			return []string{"false", err.Error()}
		}
		return []string{path, "replay", "--in", capture, "--signatures", signatures, "--vars", vars}
	}}
}
