using CsCheck;
using Hearth.Distribution.References;

namespace Hearth.Distribution.Tests.References;

public sealed class ImageReferenceTests
{
    private const string Hex = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("python", "docker.io/library/python", "python")]
    [InlineData("python:3.13", "docker.io/library/python:3.13", "python:3.13")]
    [InlineData("library/python", "docker.io/library/python", "python")]
    [InlineData("bitnami/redis:7", "docker.io/bitnami/redis:7", "bitnami/redis:7")]
    [InlineData("library/a/b", "docker.io/library/a/b", "library/a/b")]
    [InlineData("docker.io/python", "docker.io/library/python", "python")]
    [InlineData("docker.io/a/b", "docker.io/a/b", "a/b")]
    [InlineData("index.docker.io/python", "docker.io/library/python", "python")]
    [InlineData("ghcr.io/a/b:c", "ghcr.io/a/b:c", "ghcr.io/a/b:c")]
    [InlineData("localhost/x", "localhost/x", "localhost/x")]
    [InlineData("localhost:5000/x", "localhost:5000/x", "localhost:5000/x")]
    [InlineData("host:5000/x:tag", "host:5000/x:tag", "host:5000/x:tag")]
    [InlineData("Host/x", "Host/x", "Host/x")]
    [InlineData("host/x", "docker.io/host/x", "host/x")]
    [InlineData("127.0.0.1:5000/a/b/c", "127.0.0.1:5000/a/b/c", "127.0.0.1:5000/a/b/c")]
    [InlineData("[::1]:5000/a", "[::1]:5000/a", "[::1]:5000/a")]
    [InlineData("[2001:db8::1]/a:t", "[2001:db8::1]/a:t", "[2001:db8::1]/a:t")]
    [InlineData("xn--n3h.com/myimage:xn--n3h.com", "xn--n3h.com/myimage:xn--n3h.com", "xn--n3h.com/myimage:xn--n3h.com")]
    [InlineData("a/b__c.d-e--f", "docker.io/a/b__c.d-e--f", "a/b__c.d-e--f")]
    [InlineData("x:_Tag-1.0", "docker.io/library/x:_Tag-1.0", "x:_Tag-1.0")]
    [InlineData("x@sha256:" + Hex, "docker.io/library/x@sha256:" + Hex, "x@sha256:" + Hex)]
    [InlineData("x:1@sha256:" + Hex, "docker.io/library/x:1@sha256:" + Hex, "x:1@sha256:" + Hex)]
    [InlineData("q.io/x:1@sha512:" + Hex + Hex, "q.io/x:1@sha512:" + Hex + Hex, "q.io/x:1@sha512:" + Hex + Hex)]
    public void Names_are_read_as_docker_reads_them(string text, string full, string familiar)
    {
        ImageReference reference = ImageReference.Parse(text);

        Assert.Equal(full, reference.ToString());
        Assert.Equal(familiar, reference.Familiar);
        Assert.Equal(reference, ImageReference.Parse(full));
        Assert.Equal(reference, ImageReference.Parse(familiar));
    }

    [Theory]
    [InlineData("", "it has no repository")]
    [InlineData(":tag", "it has no repository")]
    [InlineData("@sha256:" + Hex, "it has no repository")]
    [InlineData("docker.io/", "it has no repository")]
    [InlineData("Python", "a repository's name is in lower case")]
    [InlineData("a/Python", "a repository's name is in lower case")]
    [InlineData("-a", "a repository's name has lower-case letters and digits")]
    [InlineData("a-", "a repository's name has lower-case letters and digits")]
    [InlineData("a..b", "a repository's name has lower-case letters and digits")]
    [InlineData("a___b", "a repository's name has lower-case letters and digits")]
    [InlineData("a._b", "a repository's name has lower-case letters and digits")]
    [InlineData("a//b", "a repository's name has lower-case letters and digits")]
    [InlineData("/a", "a repository's name has lower-case letters and digits")]
    [InlineData("a b", "a repository's name has lower-case letters and digits")]
    [InlineData("a/b/../c", "a repository's name has lower-case letters and digits")]
    [InlineData("é", "a repository's name has lower-case letters and digits")]
    [InlineData("a:", "'' is not a tag")]
    [InlineData("a:.b", "'.b' is not a tag")]
    [InlineData("a:b:c", "a repository's name has lower-case letters and digits")]
    [InlineData("a@sha256:12", "'sha256:12' is not a digest")]
    [InlineData("a@md5:0123456789abcdef0123456789abcdef", "is not a digest")]
    [InlineData("a@sha256:" + Hex + "@sha256:" + Hex, "is not a digest")]
    [InlineData("-host.com/a", "'-host.com' is not a registry's host name")]
    [InlineData("host.com:0/a", "'host.com:0' is not a registry's host name")]
    [InlineData("host.com:99999/a", "'host.com:99999' is not a registry's host name")]
    [InlineData("host..com/a", "'host..com' is not a registry's host name")]
    [InlineData("https://host.com/a", "'https:' is not a registry's host name")]
    [InlineData("user@host.com/a", "'host.com/a' is not a digest")]
    [InlineData(Hex, "64 hexadecimal digits are an image's ID")]
    public void Other_texts_are_refused(string text, string cause)
    {
        ImageException exception = Assert.Throws<ImageException>(() => ImageReference.Parse(text));

        Assert.Equal(ImageError.InvalidRequest, exception.Error);
        Assert.StartsWith($"cannot use the image name '{text}': ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(cause, exception.Message, StringComparison.Ordinal);
        Assert.False(ImageReference.TryParse(text, out _));
    }

    [Fact]
    public void Names_and_tags_have_a_limit()
    {
        Assert.True(ImageReference.TryParse("q.io/" + new string('a', 250), out _));
        Assert.False(ImageReference.TryParse("q.io/" + new string('a', 251), out _));
        Assert.True(ImageReference.TryParse("a:" + new string('t', 128), out _));
        Assert.False(ImageReference.TryParse("a:" + new string('t', 129), out _));
    }

    [Fact]
    public void What_is_asked_for_is_the_digest_else_the_tag_else_latest()
    {
        Assert.Equal("latest", ImageReference.Parse("a").Target);
        Assert.Equal("1", ImageReference.Parse("a:1").Target);
        Assert.Equal("sha256:" + Hex, ImageReference.Parse("a:1@sha256:" + Hex).Target);
        Assert.Equal("a:latest", ImageReference.Parse("a").WithDefaultTag().Familiar);
        Assert.Equal("a:2", ImageReference.Parse("a:1@sha256:" + Hex).WithTag("2").Familiar);
        Assert.Equal("a@sha256:" + Hex, ImageReference.Parse("a:1").WithDigest(Digest.Parse("sha256:" + Hex)).Familiar);
        Assert.Throws<ImageException>(() => ImageReference.Parse("a").WithTag("a b"));
    }

    [Fact]
    public void Any_text_is_a_name_that_can_be_written_and_read_again_or_is_refused()
    {
        Gen<string> text = Gen.OneOf(Gen.String, Gen.OneOf([.. new[] { "a", "A", "0", ".", "-", "_", "/", ":", "@", "localhost", "docker.io", "sha256:", Hex, "[", "]", "::1", "library/" }.Select(Gen.Const)]).Array[0, 9].Select(string.Concat));
        text.Sample(
            candidate =>
            {
                if (ImageReference.TryParse(candidate, out ImageReference? reference))
                {
                    Assert.Equal(reference, ImageReference.Parse(reference.ToString()));
                    Assert.Equal(reference, ImageReference.Parse(reference.Familiar));
                    Assert.DoesNotContain("..", reference.Path, StringComparison.Ordinal);
                }
            },
            iter: 20_000);
    }
}
