package io.millrace.serving.http;

import java.util.Collection;
import java.util.Comparator;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.ServerConnector;

/**
 * Bounds the connections of a server: a new one beyond the bound is served, and the one that has
 * been without traffic for longest is closed. So clients that hold connections lock nobody out.
 */
final class MostConnections implements Connection.Listener {

  private final ServerConnector connector;
  private final int most;

  /** At most {@code most} connections of the connector, at least 1. */
  MostConnections(ServerConnector connector, int most) {
    this.connector = connector;
    this.most = most;
  }

  @Override
  public void onOpened(Connection opened) {
    Collection<EndPoint> all = connector.getConnectedEndPoints();
    if (all.size() > most) {
      all.stream()
          .filter(point -> point != opened.getEndPoint())
          .filter(AbstractEndPoint.class::isInstance)
          .map(AbstractEndPoint.class::cast)
          .max(Comparator.comparingLong(AbstractEndPoint::getIdleFor))
          .ifPresent(AbstractEndPoint::close);
    }
  }
}
