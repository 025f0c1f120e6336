package appliance

import (
	"fmt"
	"reflect"
	"strings"

	"vxwall/rules"
)

// ReadConfig reads the configuration file again: see LoadRunConfig.
type ReadConfig func() (Config, []rules.Problem, error)

// notInForce says what of the configuration file is not in force, "" for nothing:
// a reload reads rules alone, the file is read at the start.
func (r *running) notInForce() string {
	if r.Reread == nil {
		return ""
	}
	file, problems, err := r.Reread()
	switch {
	case err != nil:
		return fmt.Sprintf("the next start will fail: %v", err)
	case len(problems) > 0:
		return fmt.Sprintf("the next start will fail: %v", problems[0])
	}
	if keys := r.configInForce().differences(&file); len(keys) > 0 {
		return "changed in the configuration, in force after a restart: " + strings.Join(keys, ", ")
	}
	return ""
}

// differences names the keys whose values are others, [[vni]] tables as one.
func (c *Config) differences(other *Config) (keys []string) {
	a, b := reflect.ValueOf(c).Elem(), reflect.ValueOf(other).Elem()
	for i := range a.NumField() {
		table := a.Type().Field(i).Tag.Get("toml")
		if a.Field(i).Kind() != reflect.Struct {
			keys = appendDifferent(keys, table, a.Field(i), b.Field(i))
			continue
		}
		for j := range a.Field(i).NumField() {
			key := table + "." + a.Field(i).Type().Field(j).Tag.Get("toml")
			keys = appendDifferent(keys, key, a.Field(i).Field(j), b.Field(i).Field(j))
		}
	}
	return keys
}

func appendDifferent(keys []string, key string, a, b reflect.Value) []string {
	if reflect.DeepEqual(a.Interface(), b.Interface()) {
		return keys
	}
	return append(keys, key)
}
