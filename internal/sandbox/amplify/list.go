package amplify

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// maxPage is the largest page that is given.
const maxPage = 1000

// list answers GET and HEAD of a collection.
func (c *call) list() (*answer, error) {
	if err := c.findScope(); err != nil {
		return nil, err
	}
	matches, err := c.filter()
	if err != nil {
		return nil, err
	}
	everything, err := c.countsAll()
	if err != nil {
		return nil, err
	}
	var found []*object
	for _, o := range c.store.list(c.kind, c.scope) {
		if (everything || c.rights(o).read) && matches(o) {
			found = append(found, o)
		}
	}
	header := http.Header{"X-Axway-Total-Count": {strconv.Itoa(len(found))}}
	if c.r.Method == http.MethodHead {
		return &answer{status: http.StatusOK, header: header}, nil
	}
	if err := c.sort(found); err != nil {
		return nil, err
	}
	page, err := c.page(found, header)
	if err != nil {
		return nil, err
	}
	out := make([]any, 0, len(page))
	for _, o := range page {
		out = append(out, c.shown(o))
	}
	return &answer{status: http.StatusOK, body: out, header: header}, nil
}

// countsAll reports whether what the caller cannot read counts, too.
func (c *call) countsAll() (bool, error) {
	if c.r.Method != http.MethodHead {
		return false, nil
	}
	switch count := c.query.Get("count"); count {
	case "", "accessible":
		return false, nil
	case "all":
		return true, nil
	default:
		return false, invalid("count", "Invalid 'count' parameter: it is all or accessible, not %s.", count)
	}
}

// filter makes a test of the query.
func (c *call) filter() (func(*object) bool, error) {
	text := c.query.Get("query")
	if strings.TrimSpace(text) == "" {
		return func(*object) bool { return true }, nil
	}
	condition, err := parseQuery(text)
	if err != nil {
		return nil, invalid("query", "Invalid 'query' parameter: %s.", err)
	}
	supported := queryFields(c.kind)
	for _, field := range condition.fields() {
		if !slices.ContainsFunc(supported, func(s string) bool { return fits(s, field) }) {
			return nil, invalid("query", "Invalid 'query' parameter. The field %q cannot be used. Supported: [%s]", field, strings.Join(supported, ", "))
		}
	}
	return func(o *object) bool {
		return condition.holds(func(field string) []any { return c.values(o, field) })
	}, nil
}

// queryFields lists what a query for the kind may ask; * stands for anything.
func queryFields(k *kind) []string {
	out := []string{"attributes.*", "finalizers.name", "metadata.acl.*", "metadata.audit.*", "metadata.id", "metadata.references.*",
		"metadata.resourceVersion", "metadata.scope.*", "metadata.state", "name", "owner.id", "owner.type", "tags", "title", "x-*"}
	for _, l := range k.links {
		out = append(out, strings.ReplaceAll(l.field, "[]", ""))
	}
	for _, sub := range k.subs {
		out = append(out, sub+".*", sub)
	}
	if k.described {
		out = append(out, "spec.*")
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// fits reports whether a field is one of those that a pattern stands for.
func fits(pattern, field string) bool {
	prefix, isAll := strings.CutSuffix(pattern, "*")
	return pattern == field || (isAll && strings.HasPrefix(field, prefix) && len(field) > len(prefix))
}

// values collects what a resource has at the path. It renders no more of the resource
// than it needs, for it is asked once for each of a list.
func (c *call) values(o *object, field string) []any {
	top, below, _ := strings.Cut(field, ".")
	if value, isSub := o.subs[top]; isSub {
		return collect(map[string]any{top: value}, strings.Split(field, "."))
	}
	if top == "attributes" {
		return collect(o.attributes, []string{below}) // a name may hold dots
	}
	if top != "metadata" {
		return collect(envelope(o), strings.Split(field, "."))
	}
	path := strings.Split(below, ".")
	switch path[0] {
	case "references":
		return collect(c.references(o), path[1:])
	case "scope":
		if scope := c.store.items[o.scope]; scope != nil && len(path) > 1 && path[1] == "owner" {
			return collect(envelope(scope), path[1:])
		}
	}
	return collect(c.metadata(o), path)
}

// collect follows a path, through lists as well.
func collect(at any, path []string) []any {
	if list, isList := at.([]any); isList {
		var out []any
		for _, entry := range list {
			out = append(out, collect(entry, path)...)
		}
		return out
	}
	if len(path) == 0 {
		if at == nil {
			return nil
		}
		return []any{at}
	}
	object, _ := at.(map[string]any)
	if object == nil {
		return nil
	}
	return collect(object[path[0]], path[1:])
}

// sort orders what was found. A parameter is a field, with ",DESC" after it or not.
func (c *call) sort(found []*object) error {
	params := c.query["sort"]
	for _, param := range slices.Backward(params) {
		field, direction, _ := strings.Cut(param, ",")
		less, known := orders()[field]
		if !known {
			return invalid("sort", "Invalid 'sort' parameter. Supported: [%s]", strings.Join(sortedKeys(orders()), ", "))
		}
		switch strings.ToUpper(direction) {
		case "", "ASC":
			slices.SortStableFunc(found, less)
		case "DESC":
			slices.SortStableFunc(found, func(a, b *object) int { return less(b, a) })
		default:
			return invalid("sort", "Invalid 'sort' parameter: the direction is ASC or DESC, not %s.", direction)
		}
	}
	return nil
}

func orders() map[string]func(a, b *object) int {
	return map[string]func(a, b *object) int{
		"name":                           func(a, b *object) int { return cmp.Compare(a.name, b.name) },
		"title":                          func(a, b *object) int { return cmp.Compare(a.title, b.title) },
		"metadata.audit.createTimestamp": func(a, b *object) int { return a.created.At.Compare(b.created.At) },
		"metadata.audit.modifyTimestamp": func(a, b *object) int { return a.modified.At.Compare(b.modified.At) },
	}
}

// page cuts out the page that is asked for, and says where the next one is.
func (c *call) page(found []*object, header http.Header) ([]*object, error) {
	number, err := c.number("page", 1, 1<<30)
	if err != nil {
		return nil, err
	}
	size, err := c.number("pageSize", c.o.PageSize, maxPage)
	if err != nil {
		return nil, err
	}
	from := min((number-1)*size, len(found))
	to := min(from+size, len(found))
	if to < len(found) {
		query := maps.Clone(c.query)
		query.Set("page", strconv.Itoa(number+1))
		query.Set("pageSize", strconv.Itoa(size))
		header.Set("Link", fmt.Sprintf(`<%s%s?%s>; rel="next"`, baseURL(c.r), c.r.URL.EscapedPath(), query.Encode()))
	}
	return found[from:to], nil
}

func (c *call) number(name string, preset, most int) (int, error) {
	text := c.query.Get(name)
	if text == "" {
		return preset, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, invalid(name, "Invalid '%s' parameter: %q is not a number from 1 to %d.", name, text, most)
	}
	return n, nil
}
