package relay_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// server is as much of Relay as the contract suite asks for: it keeps payloads
// by path, counts their versions, pages its lists, and refuses what refers to
// nothing.
type server struct {
	mu    sync.Mutex
	items map[string]map[string]any // by path, names escaped
	clock int
}

// pageSize is small, so that a crowd takes several pages.
const pageSize = 10

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := r.URL.EscapedPath()
	item, found := s.items[path]
	etag := fmt.Sprint(item["updated"])
	switch match := r.Header.Get("If-Match"); {
	case strings.Count(path, "/")%2 == 1:
		s.list(w, path, r.URL.Query().Get("cursor"))
	case !found && r.Method != http.MethodPut:
		http.Error(w, "there is no such thing", http.StatusNotFound)
	case match != "" && match != "*" && match != etag:
		http.Error(w, "it has another version", http.StatusPreconditionFailed)
	case r.Method == http.MethodPut:
		s.put(w, path, r)
	case r.Method == http.MethodDelete:
		s.delete(path)
	default:
		w.Header().Set("ETag", etag)
		answer(w, item)
	}
}

func (s *server) put(w http.ResponseWriter, path string, r *http.Request) {
	var item map[string]any
	if err := json.NewDecoder(r.Body).Decode(&item); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	parts := strings.Split(path, "/")
	name, err := url.PathUnescape(parts[len(parts)-1])
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	owner := strings.Join(parts[:len(parts)-2], "/")
	upstream, refers := item["upstream"].(string)
	if owner != "" && s.items[owner] == nil || refers && s.items["/upstreams/"+upstream] == nil {
		http.Error(w, "it refers to nothing", http.StatusUnprocessableEntity)
		return
	}
	s.clock++
	item["updated"] = "v" + strconv.Itoa(s.clock)
	item["name"] = name
	if methods, ok := item["methods"].([]any); ok { // like many, Relay sorts what has no order
		slices.SortFunc(methods, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	}
	if parts[1] == "upstreams" && item["retries"] == nil { // and says what was left out
		item["retries"] = 0
	}
	s.items[path] = item
	w.Header().Set("ETag", fmt.Sprint(item["updated"]))
	answer(w, item)
}

// delete removes an item and what it owns.
func (s *server) delete(path string) {
	maps.DeleteFunc(s.items, func(p string, _ map[string]any) bool { return p == path || strings.HasPrefix(p, path+"/") })
}

func (s *server) list(w http.ResponseWriter, path, cursor string) {
	var in []string
	for p := range s.items {
		if rest, below := strings.CutPrefix(p, path+"/"); below && !strings.Contains(rest, "/") {
			in = append(in, p)
		}
	}
	slices.Sort(in)
	page := map[string]any{}
	items := []any{}
	for _, p := range in {
		if cursor != "first" && p <= cursor {
			continue
		}
		if len(items) == pageSize {
			page["next"] = in[slices.Index(in, p)-1]
			break
		}
		items = append(items, s.items[p])
	}
	page["items"] = items
	answer(w, page)
}

func answer(w http.ResponseWriter, payload any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(payload); err != nil {
		panic(err) // the connection is gone, and with it the test
	}
}
