package doctor

import (
	"fmt"
	"os"
	"regexp"
	"strings"
)

// edit is a command that sets a key of a table in a configuration file: it changes the
// line that has it, or adds one, with the table if need be. No other table that a command
// is printed for has a key of that name.
func edit(file, table, key, value string) string {
	text, _ := os.ReadFile(file)
	line := regexp.MustCompile(`(?m)^[ \t]*` + regexp.QuoteMeta(key) + `[ \t]*=`)
	if header := regexp.MustCompile(`(?m)^\[` + regexp.QuoteMeta(table) + `\]`); !header.Match(text) && !line.Match(text) {
		return fmt.Sprintf(`printf '\n[%s]\n%s = %s\n' >> %s`, table, key, value, quote(file))
	}
	value = strings.ReplaceAll(value, "/", `\/`)
	if line.Match(text) {
		return fmt.Sprintf(`sed -i 's/^\([ \t]*%s[ \t]*=[ \t]*\)[^ \t#]*/\1%s/' %s`, key, value, quote(file))
	}
	return fmt.Sprintf(`sed -i 's/^\[%s\].*/&\n%s = %s/' %s`, table, key, value, quote(file))
}

// set is what sets a key of [datapath], as a finding has it: a command if there is a file.
func (f Finding) set(file, key, value string) Finding { return f.setIn(file, "datapath", key, value) }

// setIn is set for another table.
func (f Finding) setIn(file, table, key, value string) Finding {
	if file == "" {
		return f.advise("set %s = %s under [%s]", key, value, table)
	}
	return f.mend(edit(file, table, key, value))
}
