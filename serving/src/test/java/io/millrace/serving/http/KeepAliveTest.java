package io.millrace.serving.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.event.EventLimits;
import io.millrace.serving.ModelFollower;
import io.millrace.serving.SmallModel;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: a client that keeps its connection gets each answer at once. With Nagle's algorithm on one
 * side and delayed acknowledgements on the other, each takes 40 ms.
 */
class KeepAliveTest {

  private static final byte[] REQUEST =
      "POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Length: 12\r\n\r\n{\"site\":\"a\"}"
          .getBytes(StandardCharsets.US_ASCII);

  @TempDir Path folder;

  @Test
  void answersComeAtOnce() throws Exception {
    SmallModel.publish(folder.resolve("arm"), 1, 5);
    try (ModelFollower follower = new ModelFollower(folder.resolve("arm"));
        ScoringServer server =
            new ScoringServer(
                follower, InetAddress.getLoopbackAddress(), 0, 2, EventLimits.DEFAULT);
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.setTcpNoDelay(true);
      long[] ns = new long[50];
      for (int i = 0; i < ns.length; i++) {
        long begin = System.nanoTime();
        socket.getOutputStream().write(REQUEST);
        assertThat(answer(socket.getInputStream())).startsWith("HTTP/1.1 200").endsWith("}");
        ns[i] = System.nanoTime() - begin;
      }
      Arrays.sort(ns);
      assertThat(ns[ns.length / 2] / 1e6).as("median, ms").isLessThan(20);
    }
  }

  /** An answer up to the end of its JSON object. */
  private static String answer(InputStream in) throws Exception {
    StringBuilder answer = new StringBuilder();
    for (int c = in.read(); c >= 0; c = in.read()) {
      answer.append((char) c);
      if (c == '}') {
        break;
      }
    }
    return answer.toString();
  }
}
