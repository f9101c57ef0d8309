package gcp

import (
	"context"
	"fmt"
	"hash/crc32"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"github.com/seed-00b494d3/tagout/redact"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

const body = "body-with-a-secret-inside"

// A fake speaks as much of Secret Manager, of the metadata server and of the
// token exchange as a provider needs.
type fake struct {
	secretmanagerpb.UnimplementedSecretManagerServiceServer
	t        *testing.T
	rec      *recorder
	endpoint string
	http     *httptest.Server

	mu       sync.Mutex
	versions map[string][]string // newest last; "" is destroyed
	fail     func(name string) error
	corrupt  bool
	noToken  int // HTTP status of the token endpoints
	reads    []string
	tokens   int
}

func start(t *testing.T, rec *recorder) (*fake, []Option) {
	t.Helper()
	f := &fake{t: t, rec: rec, versions: map[string][]string{}}
	f.http = httptest.NewTLSServer(http.HandlerFunc(f.token))
	t.Cleanup(f.http.Close)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	tlsConfig := f.http.TLS.Clone()
	tlsConfig.NextProtos = []string{"h2"}
	s := grpc.NewServer(grpc.Creds(credentials.NewTLS(tlsConfig)))
	secretmanagerpb.RegisterSecretManagerServiceServer(s, f)
	go s.Serve(ln)
	t.Cleanup(s.Stop)
	f.endpoint = ln.Addr().String()
	roots := f.http.Client().Transport.(*http.Transport).TLSClientConfig
	return f, []Option{WithProject("payments"), WithClientOptions(
		option.WithEndpoint(f.endpoint),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(credentials.NewClientTLSFromCert(roots.RootCAs, "example.com"))),
	)}
}

func (f *fake) AccessSecretVersion(ctx context.Context, in *secretmanagerpb.AccessSecretVersionRequest) (*secretmanagerpb.AccessSecretVersionResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	md, _ := metadata.FromIncomingContext(ctx)
	token := strings.TrimPrefix(strings.Join(md.Get("authorization"), ""), "Bearer ")
	if !f.rec.knows(token) {
		f.t.Error("a request carries a credential that was not registered before, or none")
	}
	f.reads = append(f.reads, in.GetName())
	if f.fail != nil {
		if err := f.fail(in.GetName()); err != nil {
			return nil, err
		}
	}
	name, version, _ := strings.Cut(in.GetName(), "/versions/")
	all := f.versions[name]
	n, err := strconv.Atoi(version)
	if version == "latest" {
		n, err = len(all), nil
	}
	if err != nil || n < 1 || n > len(all) {
		return nil, status.Error(codes.NotFound, "no "+body)
	}
	if all[n-1] == "" {
		return nil, status.Error(codes.FailedPrecondition, "DESTROYED "+body)
	}
	data := []byte(all[n-1])
	sum := int64(crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)))
	if f.corrupt {
		data = data[:len(data)-1]
	}
	return &secretmanagerpb.AccessSecretVersionResponse{
		Name: name + "/versions/" + strconv.Itoa(n), Payload: &secretmanagerpb.SecretPayload{Data: data, DataCrc32C: &sum},
	}, nil
}

// token is the metadata server and the exchange in one.
func (f *fake) token(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	b := make([]byte, 1<<16)
	n, _ := r.Body.Read(b)
	form, _ := url.ParseQuery(string(b[:n]))
	if s := form.Get("subject_token"); s != "" && !f.rec.knows(s) {
		f.t.Error("the service account's token goes out unregistered")
	}
	w.Header().Set("Content-Type", "application/json")
	if f.noToken != 0 {
		w.WriteHeader(f.noToken)
		fmt.Fprintf(w, `{"error":"invalid_grant","error_description":%q}`, body)
		return
	}
	f.tokens++
	kind := "metadata"
	if form.Get("subject_token") != "" {
		kind = "federated"
	} else if r.Header.Get("Metadata-Flavor") != "Google" {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	fmt.Fprintf(w, `{"access_token":"%s-access-token-%d","issued_token_type":"urn:ietf:params:oauth:token-type:access_token","expires_in":3600,"token_type":"Bearer"}`, kind, f.tokens)
}

// A recorder stands for a registry.
type recorder struct {
	mu     sync.Mutex
	values *redact.Matcher
	all    []redact.Secret
	fail   error
}

func (r *recorder) put(s ...redact.Secret) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fail != nil {
		return r.fail
	}
	m, err := redact.NewMatcher(append(r.all, s...))
	if err == nil {
		r.all, r.values = append(r.all, s...), m
	}
	return err
}

func (r *recorder) knows(value string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.values != nil && value != "" && !strings.Contains(r.values.String(value), value)
}
