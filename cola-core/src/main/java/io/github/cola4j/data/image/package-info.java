/**
 * Images as models take them: files are decoded, resized as Pillow does it, and normalised as
 * {@code preprocessor_config.json} says. Pixels are bytes from 0 to 255, red, green and blue.
 */
package io.github.cola4j.data.image;
