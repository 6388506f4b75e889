package io.millrace.serving.http;

import java.io.IOException;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;

/** Calls a server on this machine; answers are the status, a blank, and the body. */
public final class HttpCalls {

  private static final HttpClient CLIENT =
      HttpClient.newBuilder().proxy(new DirectProxy()).version(HttpClient.Version.HTTP_1_1).build();

  private HttpCalls() {}

  public static HttpClient client() {
    return CLIENT;
  }

  public static String post(ScoringServer server, String body) throws Exception {
    return send(request(server, "/score").POST(HttpRequest.BodyPublishers.ofString(body)).build());
  }

  public static String post(ScoringServer server, String path, String body) throws Exception {
    return send(request(server, path).POST(HttpRequest.BodyPublishers.ofString(body)).build());
  }

  static byte[] bytes(HttpRequest request) throws Exception {
    return CLIENT.send(request, HttpResponse.BodyHandlers.ofByteArray()).body();
  }

  static HttpResponse<byte[]> response(HttpRequest request) throws Exception {
    return CLIENT.send(request, HttpResponse.BodyHandlers.ofByteArray());
  }

  public static String get(ScoringServer server, String path) throws Exception {
    return send(request(server, path).GET().build());
  }

  public static HttpRequest.Builder request(ScoringServer server, String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
  }

  public static String send(HttpRequest request) throws Exception {
    HttpResponse<String> response = CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
    return response.statusCode() + " " + response.body();
  }

  /** Connects to the loopback address directly; in tests the default proxy does not exist. */
  private static final class DirectProxy extends ProxySelector {
    @Override
    public List<java.net.Proxy> select(URI uri) {
      return List.of(java.net.Proxy.NO_PROXY);
    }

    @Override
    public void connectFailed(URI uri, java.net.SocketAddress address, IOException e) {
      throw new AssertionError(uri + " cannot be reached", e);
    }
  }
}
