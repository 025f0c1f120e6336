package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// aptSources is where Debian keeps the sources of its packages (sources.list(5)).
const aptSources = "/etc/apt/sources.list.d"

// InstallSuricata installs Debian's suricata, from the backports of the release that the
// machine's own sources name, by apt-get. It changes no file of /etc/apt. What
// apt-get says goes to out.
func InstallSuricata(ctx context.Context, out io.Writer) error {
	if os.Geteuid() != 0 {
		return errors.New("install suricata: run as root")
	}
	dir, err := os.MkdirTemp("", "vxwall-apt-")
	if err != nil {
		return fmt.Errorf("install suricata: %w", err)
	}
	defer os.RemoveAll(dir)
	suite, source, err := backports(aptSources)
	if err != nil {
		return fmt.Errorf("install suricata: %w", err)
	}
	parts := filepath.Join(dir, "sources.list.d")
	if err := copySources(parts, source); err != nil {
		return fmt.Errorf("install suricata: %w", err)
	}
	options := []string{"-q", "-o", "Dir::Etc::sourceparts=" + parts, "-o", "APT::Get::List-Cleanup=0"}
	for _, args := range [][]string{
		{"update"},
		{"install", "-y", "--no-install-recommends", "-t", suite, "suricata"},
	} {
		cmd := exec.CommandContext(ctx, "apt-get", append(options, args...)...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		cmd.Stdout, cmd.Stderr = out, out
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("install suricata: apt-get %s: %w", args[0], err)
		}
	}
	return nil
}

// copySources makes a directory with the machine's sources and one more.
func copySources(dir, more string) error {
	if err := os.CopyFS(dir, os.DirFS(aptSources)); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "vxwall-backports.sources"), []byte(more), 0o644)
}

var suites = regexp.MustCompile(`(?mi)^Suites:\s*([a-z]+)[^\n]*$`)

// backports makes a source of a release's backports out of the first source of a
// Debian release in a directory: the same but for its suites.
func backports(dir string) (suite, source string, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.sources"))
	if err != nil {
		return "", "", err
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return "", "", err
		}
		for paragraph := range strings.SplitSeq(string(text), "\n\n") {
			found := suites.FindStringSubmatch(paragraph)
			if found != nil && strings.Contains(paragraph, "debian-archive-keyring") {
				suite = found[1] + "-backports"
				return suite, suites.ReplaceAllString(paragraph, "Suites: "+suite) + "\n", nil
			}
		}
	}
	return "", "", fmt.Errorf("no source of a Debian release is in %s", dir)
}
