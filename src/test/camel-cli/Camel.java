import org.apache.camel.dsl.jbang.core.commands.CamelJBangMain;

/** The Camel CLI as it comes from Maven Central, without JBang, which would fetch and start it. */
public class Camel {
  public static void main(String[] arguments) {
    CamelJBangMain.run(arguments);
  }
}
