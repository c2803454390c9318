package sitecheck.service;

import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.MainListenerSupport;

/**
 * Suspends a CamelContext before Camel Main stops it. A suspended context turns new requests away
 * and waits for those in flight; a stopping one calls no route policy any more, and the tracer is
 * one: it would not end their spans.
 */
public final class DrainBeforeStop extends MainListenerSupport {
  @Override
  public void beforeStop(BaseMainSupport main) {
    main.getCamelContext().suspend();
  }
}
