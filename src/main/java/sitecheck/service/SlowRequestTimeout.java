package sitecheck.service;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection if no complete request arrives in time after its start or the last answer.
 * Vert.x's idle timeouts start anew with each byte.
 */
final class SlowRequestTimeout extends ChannelDuplexHandler {
  private final long milliseconds;
  private Future<?> closing = CompletableFuture.completedFuture(null);
  private int open; // requests without an answer; negative if the answer comes before the end

  SlowRequestTimeout(long milliseconds) {
    this.milliseconds = milliseconds;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext connection) {
    connection.channel().closeFuture().addListener(closed -> closing.cancel(false));
    waitForRequest(connection);
  }

  @Override
  public void channelRead(ChannelHandlerContext connection, Object message) {
    if (message instanceof LastHttpContent) {
      open++;
      waitForRequest(connection);
    }
    connection.fireChannelRead(message);
  }

  @Override
  public void write(ChannelHandlerContext connection, Object message, ChannelPromise written) {
    boolean isContinue = message instanceof HttpResponse it && it.status().code() < 200;
    if (message instanceof LastHttpContent && !isContinue) {
      open--;
      waitForRequest(connection);
    }
    connection.write(message, written);
  }

  private void waitForRequest(ChannelHandlerContext connection) {
    closing.cancel(false);
    if (open <= 0) {
      Runnable close = connection::close;
      closing = connection.executor().schedule(close, milliseconds, TimeUnit.MILLISECONDS);
    }
  }
}
