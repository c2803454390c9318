package sitecheck.service;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.vertx.ext.web.handler.HttpException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import sitecheck.problem.ProblemDetail;

/**
 * Looks at what comes on a connection, between Netty's parser and Vert.x: refuses what Netty lets
 * pass and Vert.x has no answer to, and closes the connection when no whole request has come in
 * time, since it was opened or answered last. Whether it says nothing or a byte a second is the
 * same; how long an answer takes is our affair.
 */
final class RequestGuard extends ChannelDuplexHandler {

  private final long timeout;

  /** Requests that are to be answered; less than none when one is answered before its end. */
  private int open;

  /** Whether the last one is refused, and what comes after it not read. */
  private boolean refused;

  private Future<?> closing;

  /** Waits for a request for so many milliseconds. */
  RequestGuard(long timeout) {
    this.timeout = timeout;
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
    if (refused) {
      ReferenceCountUtil.release(message); // it may be anything
      return;
    }
    if (message instanceof HttpRequest request) {
      check(request);
      refused = request.decoderResult().isFailure();
    } else if (isBroken(message) && open == 0) { // else Vert.x closes, after answers under way
      refused = true;
      ReferenceCountUtil.release(message);
      connection.writeAndFlush(badBody()).addListener(ChannelFutureListener.CLOSE);
      return;
    }
    if (message instanceof LastHttpContent) {
      open++;
      waitForRequest(connection);
    }
    connection.fireChannelRead(message);
  }

  @Override
  public void write(ChannelHandlerContext connection, Object message, ChannelPromise written) {
    if (message instanceof LastHttpContent && !isInformational(message)) {
      open--;
      waitForRequest(connection);
    }
    connection.write(message, written);
  }

  private void waitForRequest(ChannelHandlerContext connection) {
    if (closing != null) {
      closing.cancel(false);
    }
    if (open <= 0) {
      closing =
          connection.executor().schedule(() -> connection.close(), timeout, TimeUnit.MILLISECONDS);
    }
  }

  /** Makes an invalid request of one that two readers may take for different ones. */
  private static void check(HttpRequest request) {
    HttpVersion version = request.protocolVersion();
    int hosts = request.headers().getAll(HttpHeaderNames.HOST).size();
    if (request.decoderResult().isFailure()) {
      return;
    }
    if (version != HttpVersion.HTTP_1_1 && version != HttpVersion.HTTP_1_0) { // or http/1.1
      request.setProtocolVersion(HttpVersion.HTTP_1_1); // the answer would have theirs
      refuse(request, 505, "this is a server of HTTP/1.1");
    } else if (hosts > 1 || hosts == 0 && version == HttpVersion.HTTP_1_1) {
      refuse(request, 400, "there must be one Host");
    }
  }

  private static void refuse(HttpRequest request, int status, String detail) {
    request.setDecoderResult(DecoderResult.failure(new HttpException(status, detail)));
  }

  private static FullHttpResponse badBody() {
    String problem = ProblemDetail.of(400, "the body is not sent as it should be").toString();
    FullHttpResponse answer =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.BAD_REQUEST,
            Unpooled.copiedBuffer(problem, UTF_8));
    answer
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, ProblemDetail.CONTENT_TYPE)
        .set(HttpHeaderNames.CONTENT_LENGTH, problem.length());
    return answer;
  }

  private static boolean isBroken(Object message) {
    return message instanceof HttpContent part && part.decoderResult().isFailure();
  }

  /** 100 Continue is no answer yet. */
  private static boolean isInformational(Object message) {
    return message instanceof HttpResponse answer
        && answer.status().codeClass() == HttpStatusClass.INFORMATIONAL;
  }
}
