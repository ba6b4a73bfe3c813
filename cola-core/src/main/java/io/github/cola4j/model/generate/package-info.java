/** Text from a decoder, token by token. */
package io.github.cola4j.model.generate;
