package sitecheck.service;

import java.nio.ByteBuffer;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Processor;
import org.apache.camel.support.processor.DelegateProcessor;

/**
 * Makes the answer of a route one of known length. Of all bodies, platform-http-vertx writes only a
 * ByteBuffer at once and with Content-Length; a text goes in chunks, and so does what came from
 * another service, read by one more worker. It costs the caller too, who has to copy a stream.
 */
final class WholeAnswer extends DelegateProcessor {

  WholeAnswer(Processor route) {
    super(route);
  }

  @Override
  public void process(Exchange exchange) throws Exception {
    super.process(exchange);
    Message answer = exchange.getMessage();
    if (answer.getBody() != null && exchange.getException() == null) {
      answer.setBody(answer.getMandatoryBody(ByteBuffer.class));
    }
  }
}
