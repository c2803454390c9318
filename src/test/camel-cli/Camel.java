import org.apache.camel.dsl.jbang.core.commands.CamelJBangMain;

/** The Camel CLI from Maven Central, without JBang, which would otherwise fetch and start it. */
public class Camel {
  public static void main(String[] arguments) {
    CamelJBangMain.run(arguments);
  }
}
