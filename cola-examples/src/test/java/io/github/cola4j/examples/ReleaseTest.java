package io.github.cola4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/**
 * What docs/how-to/releasing.md asks of the poms: one version everywhere, and what a repository
 * needs.
 */
class ReleaseTest {
  private static final Path ROOT = Path.of("..");

  private static Document pom(String module) throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
    return factory.newDocumentBuilder().parse(ROOT.resolve(module).resolve("pom.xml").toFile());
  }

  private static List<String> texts(Document pom, String path) throws Exception {
    NodeList nodes =
        (NodeList)
            XPathFactory.newInstance().newXPath().evaluate(path, pom, XPathConstants.NODESET);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < nodes.getLength(); i++) {
      texts.add(nodes.item(i).getTextContent().strip());
    }
    return texts;
  }

  private static String version() throws Exception {
    return texts(pom("."), "/project/version").get(0);
  }

  @Test
  void theBomHasEveryLibraryInTheVersionOfThisBuild() throws Exception {
    String ours =
        "/project/dependencyManagement/dependencies/dependency[groupId='io.github.cola4j']";
    assertThat(texts(pom("cola-bom"), ours + "/artifactId"))
        .isEqualTo(texts(pom("."), ours + "/artifactId"))
        .isNotEmpty();
    assertThat(texts(pom("cola-bom"), ours + "/version")).containsOnly(version());
    assertThat(texts(pom("cola-bom"), "/project/version")).containsExactly(version());
  }

  @Test
  void modulesHaveOneVersionAndNamesOfOneKind() throws Exception {
    List<String> modules = texts(pom("."), "/project/modules/module");
    assertThat(modules).hasSizeGreaterThan(4);
    for (String module : modules) {
      assertThat(texts(pom(module), "/project/artifactId")).containsExactly(module);
      assertThat(module).startsWith("cola-");
      if (!module.equals("cola-bom")) {
        assertThat(texts(pom(module), "/project/parent/version")).containsExactly(version());
      }
    }
  }

  @Test
  void thePythonPackageIsOfTheSameVersion() throws Exception {
    String python = version().replace("-SNAPSHOT", ".dev0");
    assertThat(ROOT.resolve("cola-spark/python/src/cola4j/version.py"))
        .content()
        .contains("__version__ = \"" + python + "\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {".", "cola-bom"})
  void whatRepositoriesAskForIsThere(String module) throws Exception {
    for (String element :
        List.of("name", "description", "licenses/license/url", "developers/developer/name")) {
      assertThat(texts(pom(module), "/project/" + element)).as(element).isNotEmpty();
    }
    for (String child : texts(pom("."), "/project/modules/module")) {
      assertThat(texts(pom(child), "/project/name")).as(child).isNotEmpty();
      assertThat(texts(pom(child), "/project/description")).as(child).isNotEmpty();
    }
  }

  @Test
  void thePythonPackageHasTheLicense() throws IOException {
    assertThat(Files.readString(ROOT.resolve("cola-spark/python/LICENSE")))
        .isEqualTo(Files.readString(ROOT.resolve("LICENSE")));
  }
}
