package sitecheck.service;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection when no whole request has come in time, since it was opened or answered last:
 * whether it says nothing, or a byte a second. How long an answer takes is our affair.
 */
final class RequestTimeout extends ChannelDuplexHandler {

  private final long milliseconds;

  /** Requests that are to be answered; less than none when one is answered before its end. */
  private int open;

  private Future<?> closing;

  RequestTimeout(long milliseconds) {
    this.milliseconds = milliseconds;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext connection) {
    restart(connection);
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
      restart(connection);
    }
    connection.fireChannelRead(message);
  }

  @Override
  public void write(ChannelHandlerContext connection, Object message, ChannelPromise written) {
    if (message instanceof LastHttpContent && !isInformational(message)) {
      open--;
      restart(connection);
    }
    connection.write(message, written);
  }

  private void restart(ChannelHandlerContext connection) {
    if (closing != null) {
      closing.cancel(false);
    }
    if (open <= 0) {
      closing =
          connection
              .executor()
              .schedule(() -> connection.close(), milliseconds, TimeUnit.MILLISECONDS);
    }
  }

  /** 100 Continue is no answer yet. */
  private static boolean isInformational(Object message) {
    return message instanceof HttpResponse answer
        && answer.status().codeClass() == HttpStatusClass.INFORMATIONAL;
  }
}
