package archive

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// read is what a row says of a field; touched is false where no column is of it.
func (r *reading) read(x field, item map[string]any, cell func(string) (string, bool)) (v any, touched bool, err error) {
	old := at(item, x.path)
	s, there := cell(x.name)
	switch x.kind {
	case text:
		return r.readText(x.name, old, cell)
	case texts:
		return r.readTexts(x.name, old, cell)
	case moment:
		return r.readMoment(x, old, cell)
	case span:
		worth, _ := cell(x.name + "::precision")
		if !there || s == "" && worth == "" {
			return nil, there, nil
		}
		v, err = undated(s, worth)
		return v, true, err
	}
	if !there || s == "" {
		return nil, there, nil
	}
	switch x.kind {
	case words:
		return several(s), true, nil
	case link:
		if i := max(strings.LastIndex(s, "|https://"), strings.LastIndex(s, "|http://")); i >= 0 {
			s = s[i+1:]
		}
	case place:
		v, err = located(s)
		return v, true, err
	default:
		if _, child, ok := strings.Cut(s, "::"); ok && child != "" && x.name != "number" && !strings.HasSuffix(x.name, "article") { // a thesaurus' parent::child
			s = child
		}
	}
	return s, true, nil
}

// readText changes what columns in languages say, and leaves the other languages.
func (r *reading) readText(name string, old any, cell func(string) (string, bool)) (v any, touched bool, err error) {
	m := map[string]any{}
	if was, ok := old.(map[string]any); ok {
		for tag, s := range was {
			m[tag] = s
		}
	}
	set := func(tag, s string) {
		touched = true
		delete(m, tag)
		if s != "" {
			m[tag] = s
		}
	}
	if s, ok := cell(name); ok {
		set(r.first, s)
	}
	for _, column := range r.of(name) {
		s, _ := cell(column)
		set(strings.TrimPrefix(column, name+"__"), s)
	}
	if len(m) == 0 {
		return nil, touched, nil
	}
	return m, touched, nil
}

// of are the columns of a name in languages.
func (r *reading) of(name string) (list []string) {
	for column := range r.columns {
		if strings.HasPrefix(column, name+"__") {
			list = append(list, column)
		}
	}
	slices.Sort(list)
	return list
}

func (r *reading) readTexts(name string, old any, cell func(string) (string, bool)) (v any, touched bool, err error) {
	was, _ := old.([]any)
	columns := map[string][]string{}
	for _, tag := range tagsOf(was) { // a language that has no column stays
		for _, one := range was {
			s, _ := at(one, []string{tag}).(string)
			columns[tag] = append(columns[tag], s)
		}
	}
	set := func(tag, s string) {
		touched = true
		columns[tag] = several(s)
	}
	if s, ok := cell(name); ok {
		set(r.first, s)
	}
	for _, column := range r.of(name) {
		s, _ := cell(column)
		set(strings.TrimPrefix(column, name+"__"), s)
	}
	most := 0
	for _, list := range columns {
		most = max(most, len(list))
	}
	var list []any
	for i := range most {
		one := map[string]any{}
		for tag, values := range columns {
			if i < len(values) && values[i] != "" {
				one[tag] = values[i]
			}
		}
		if len(one) > 0 {
			list = append(list, one)
		}
	}
	if len(list) == 0 {
		return nil, touched, nil
	}
	return list, touched, nil
}

// several are the values of a cell; none for an empty one.
func several(s string) (list []string) {
	if s == "" {
		return nil
	}
	var one strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			one.WriteString(unescape.Replace(s[i : i+2]))
			i++
		case s[i] == '|':
			list = append(list, strings.TrimSpace(one.String()))
			one.Reset()
		default:
			one.WriteByte(s[i])
		}
	}
	return append(list, strings.TrimSpace(one.String()))
}

func (r *reading) readMoment(x field, old any, cell func(string) (string, bool)) (v any, touched bool, err error) {
	m := map[string]any{}
	switch was := old.(type) {
	case string:
		m["date"] = was
	case map[string]any:
		for key, v := range was {
			m[key] = v
		}
	}
	printed, touched, err := r.readText(x.name+"::as_printed", m["as_printed"], cell)
	if err != nil {
		return nil, true, err
	}
	set := func(key string, v any) {
		delete(m, key)
		if v != nil {
			m[key] = v
		}
	}
	set("as_printed", printed)
	for _, key := range []string{"part", "inferred"} {
		if s, ok := cell(x.name + "::" + key); ok {
			touched = true
			set(key, nil)
			if s != "" {
				set(key, s)
			}
		}
	}
	if s, ok := cell(x.name); ok {
		touched = true
		worth, _ := cell(x.name + "::precision")
		set("date", nil)
		if s != "" || worth != "" {
			date, err := undated(s, worth)
			if err != nil {
				return nil, true, err
			}
			set("date", date)
		}
	}
	switch {
	case len(m) == 0:
		return nil, touched, nil
	case len(m) == 1 && m["date"] != nil:
		return m["date"], touched, nil
	}
	return m, touched, nil
}

var (
	isoDate = regexp.MustCompile(`^[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?$`)
	dotDate = regexp.MustCompile(`^([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})$`) // as spreadsheets of half of Europe write what was a day
)

// undated is a date as a campaign file writes it, of a cell and of what it is worth. Without that, it is worth what it shows.
func undated(s, worth string) (string, error) {
	for _, how := range [][2]string{{"after ", "unknown_after "}, {"before ", "unknown_before "}, {"about ", "about "}} {
		if rest, ok := strings.CutPrefix(worth, how[0]); ok {
			date, err := undated(s, rest)
			return how[1] + date, err
		}
	}
	if worth == "unknown" || s == "unknown" {
		return "unknown", nil
	}
	for _, between := range []string{"~", ":"} {
		from, to, ok := strings.Cut(s, between)
		if !ok {
			continue
		}
		worthFrom, worthTo, both := strings.Cut(worth, "~")
		if !both {
			worthTo = worthFrom
		}
		a, err := undated(strings.TrimSpace(from), worthFrom)
		if err != nil {
			return "", err
		}
		b, err := undated(strings.TrimSpace(to), worthTo)
		return a + "/" + b, err
	}
	if m := dotDate.FindStringSubmatch(s); m != nil {
		s = fmt.Sprintf("%s-%02s-%02s", m[3], m[2], m[1])
	}
	if !isoDate.MatchString(s) {
		return "", fmt.Errorf("%q is not a date; write 2023-07-25, 2023-07 or 2023, a range as 2023-07-25~2023-08-01; a spreadsheet may have turned it round", s)
	}
	length, ok := map[string]int{"": len(s), "day": 10, "month": 7, "year": 4}[worth]
	if !ok {
		return "", fmt.Errorf("%q is no precision; write day, month, year or unknown, with after, before or about in front", worth)
	}
	if length > len(s) {
		return "", fmt.Errorf("%q has no %s", s, worth)
	}
	return s[:length], nil
}

var degreeForm = regexp.MustCompile(`^-?[0-9]{1,3}(?:[.,][0-9]{1,2})?$`)

// located is lat|lon in hundredths of a degree: a city, and nothing finer.
func located(s string) (any, error) {
	lat, lon, ok := strings.Cut(s, "|")
	m := map[string]any{}
	for key, part := range map[string]string{"lat": strings.TrimSpace(lat), "lon": strings.TrimSpace(lon)} {
		if !ok || !degreeForm.MatchString(part) {
			return nil, fmt.Errorf("%q is no place of a city; write lat|lon with two decimals, such as 55.76|37.62: finer is not kept", s)
		}
		whole, rest, _ := strings.Cut(strings.ReplaceAll(part, ",", "."), ".")
		n, err := strconv.Atoi(whole + (rest + "00")[:2])
		if err != nil {
			return nil, err
		}
		if n != 0 {
			m[key] = strconv.Itoa(n)
		}
	}
	return m, nil
}
