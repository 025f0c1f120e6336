package lab

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/BurntSushi/toml"
)

// Files of the appliance in the lab's directory.
const (
	configFile = "vxwall.toml"
	rulesDir   = "rules"
	eveFile    = "eve.json"
	logFile    = "vxwall.log" // what vxwall wrote to standard output and standard error
	socketFile = "vxwall.sock"
)

func (l *Lab) file(name string) string { return filepath.Join(l.Dir(), name) }

// Socket is the appliance's admin socket.
func (l *Lab) Socket() string { return l.file(socketFile) }

// ConfigFile is the appliance's configuration file.
func (l *Lab) ConfigFile() string { return l.file(configFile) }

// Rules is the directory of the appliance's rule files.
func (l *Lab) Rules() string { return l.file(rulesDir) }

// EVE is the file of the appliance's events.
func (l *Lab) EVE() string { return l.file(eveFile) }

// Log is what the appliance wrote to standard output and standard error.
func (l *Lab) Log() string {
	text, err := os.ReadFile(l.file(logFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err.Error()
	}
	return string(text)
}

// LogTail is the end of Log, at most some 20 lines.
func (l *Lab) LogTail() string {
	lines := strings.SplitAfter(l.Log(), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "")
}

// config is the lab's own configuration of vxwall.
func (l *Lab) config() map[string]any {
	keys := map[string]any{
		"datapath.mode":  "wire",
		"datapath.ports": []string{Port1, Port2},
		"datapath.pin":   filepath.Join(l.bpfDir(), "vxwall"),
		"rules.paths":    []string{l.Rules()},
		"events.eve":     l.EVE(),
		"admin.socket":   l.Socket(),
		"metrics.listen": "127.0.0.1:9789", // in the wall's namespace
	}
	if l.VTEP {
		maps.Copy(keys, l.vtepConfig())
	}
	return keys
}

// writeConfig writes the configuration file.
func (a *Appliance) writeConfig() error {
	keys := a.lab.config()
	maps.Copy(keys, a.setup.Config)
	tables := map[string]any{}
	for key, value := range keys {
		table, name, ok := strings.Cut(key, ".")
		if !ok { // a table itself, such as vni
			tables[key] = value
			continue
		}
		if tables[table] == nil {
			tables[table] = map[string]any{}
		}
		tables[table].(map[string]any)[name] = value
	}
	var text bytes.Buffer
	if err := toml.NewEncoder(&text).Encode(tables); err != nil {
		return fmt.Errorf("encode configuration: %w", err)
	}
	if err := os.WriteFile(a.lab.ConfigFile(), text.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	return nil
}

// SetConfig writes the configuration file anew, with other keys over the lab's own. What
// of it a reload takes, the appliance knows.
func (a *Appliance) SetConfig(keys map[string]any) error {
	a.setup.Config = keys
	return a.writeConfig()
}

// SetPolicy writes the rule file anew; the appliance takes it when it is told to
// reload. The file is replaced in one step.
func (a *Appliance) SetPolicy(text string) error {
	if err := os.MkdirAll(a.lab.Rules(), 0o755); err != nil {
		return fmt.Errorf("make rules directory: %w", err)
	}
	path := filepath.Join(a.lab.Rules(), "policy.toml")
	if err := os.WriteFile(path+".new", []byte(text), 0o644); err != nil {
		return fmt.Errorf("write rules: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("write rules: %w", err)
	}
	return nil
}
