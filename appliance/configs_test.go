package appliance

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestUnit reads the systemd unit: it has what the daemon relies on, and systemd,
// where it is installed, finds nothing wrong.
func TestUnit(t *testing.T) {
	text := string(readFile(t, "../configs/vxwall.service"))
	settings, section := map[string]string{}, ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch key, value, ok := strings.Cut(line, "="); {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			section = strings.Trim(line, "[]") + "."
		case !ok || settings[section+key] != "":
			t.Errorf("line %q: no setting, or the second", line)
		default:
			settings[section+key] = value
		}
	}
	for key, want := range map[string]string{
		"Service.Type": "notify", "Service.ExecStart": "/usr/bin/vxwall run --config /etc/vxwall/vxwall.toml",
		"Service.RuntimeDirectory": "vxwall", "Service.LogsDirectory": "vxwall", "Service.LimitMEMLOCK": "infinity", "Service.Restart": "always", "Unit.StartLimitIntervalSec": "0",
	} {
		if settings[key] != want {
			t.Errorf("%s is %q, want %q", key, settings[key], want)
		}
	}
	if d, err := time.ParseDuration(settings["Service.WatchdogSec"]); err != nil || d < 2*silentAfter {
		t.Errorf("WatchdogSec %v %v: a worker that is only slow would end the process", d, err)
	}
	verify(t, text)
}

// verify asks systemd about the unit, with a program that exists.
func verify(t *testing.T, text string) {
	t.Helper()
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		return // not a tool of ours: the rest of the test stands
	}
	unit := filepath.Join(t.TempDir(), "vxwall.service")
	writeFile(t, unit, strings.ReplaceAll(text, "/usr/bin/vxwall", "/bin/true"))
	cmd := exec.Command(analyze, "verify", "--man=no", unit)
	cmd.Env = append(os.Environ(), "SYSTEMD_LOG_LEVEL=warning")
	if out, err := cmd.CombinedOutput(); strings.Contains(string(out), "vxwall.service:") {
		t.Errorf("%v\n%s", err, out)
	}
}
