package doctor

import (
	"fmt"
	"os"
	"regexp"
	"strings"
)

// edit is a command that sets a key of the [datapath] table in a configuration file: it
// changes the line that has it, or adds one.
func edit(file, key, value string) string {
	text, _ := os.ReadFile(file)
	line := regexp.MustCompile(`(?m)^[ \t]*` + regexp.QuoteMeta(key) + `[ \t]*=`)
	value = strings.ReplaceAll(value, "/", `\/`)
	if line.Match(text) {
		return fmt.Sprintf(`sed -i 's/^\([ \t]*%s[ \t]*=[ \t]*\)[^ \t#]*/\1%s/' %s`, key, value, quote(file))
	}
	return fmt.Sprintf(`sed -i 's/^\[datapath\].*/&\n%s = %s/' %s`, key, value, quote(file))
}

// set is what sets a key, as a finding has it: a command if there is a file.
func (f Finding) set(file, key, value string) Finding {
	if file == "" {
		return f.advise("set %s = %s under [datapath]", key, value)
	}
	return f.mend(edit(file, key, value))
}
