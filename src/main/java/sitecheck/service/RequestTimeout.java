package sitecheck.service;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

/**
 * Closes a connection on which no whole request has come in time, since it was opened or its last
 * request was answered. The idle timeouts of Vert.x start again with each byte. How long an answer
 * takes does not count.
 */
final class RequestTimeout extends ChannelDuplexHandler {
  private final long milliseconds;
  private Future<?> closing = CompletableFuture.completedFuture(null);

  /** Requests without an answer yet; negative while one is answered before its end has come. */
  private int open;

  RequestTimeout(long milliseconds) {
    this.milliseconds = milliseconds;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext connection) {
    waitForRequest(connection);
  }

  @Override
  public void channelInactive(ChannelHandlerContext connection) {
    closing.cancel(false);
    connection.fireChannelInactive();
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
    boolean informational = // 100 Continue is no answer yet
        message instanceof HttpResponse answer && answer.status().code() < 200;
    if (message instanceof LastHttpContent && !informational) {
      open--;
      waitForRequest(connection);
    }
    connection.write(message, written);
  }

  private void waitForRequest(ChannelHandlerContext connection) {
    closing.cancel(false);
    if (open <= 0) {
      Runnable close = connection::close;
      closing = connection.executor().schedule(close, milliseconds, MILLISECONDS);
    }
  }
}
