using System.Text;
using CsCheck;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources.Registry;
using Hearth.Distribution.Sources.Registry.Authentication;
using Hearth.Distribution.Sources.Registry.Settings;
using Hearth.Distribution.Sources.Registry.Transport;
using Hearth.Distribution.Tests.Support;

namespace Hearth.Distribution.Tests.Sources.Registry;

/// <summary>What registries send is read by its grammar, and anything else ends in a clear error.</summary>
public sealed class HostileAnswerTests
{
    private const int Inputs = 10_000;
    private const string Hex = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private static readonly string[] manifestWords =
    [
        "{", "}", "[", "]", ":", ",", "\"schemaVersion\"", "2", "\"mediaType\"", $"\"{MediaTypes.OciManifest}\"", $"\"{MediaTypes.OciIndex}\"", "\"config\"", "\"layers\"", "\"manifests\"",
        "\"digest\"", $"\"sha256:{Hex}\"", "\"size\"", "-1", "1e400", "null", "\"subject\"", "\"platform\"", "\"annotations\"", "true", "\"\\ud800\"",
    ];

    [Theory]
    [InlineData("Bearer realm=\"https://a/t\",service=\"s\",scope=\"repository:a/b:pull,push\"", "bearer realm=https://a/t service=s scope=repository:a/b:pull,push")]
    [InlineData("Basic realm=\"a \\\"b\\\\\"", "basic realm=a \"b\\")]
    [InlineData("Basic", "basic")]
    [InlineData("Negotiate, Basic realm=x, Bearer realm = \"y\" , service=z", "negotiate|basic realm=x|bearer realm=y service=z")]
    [InlineData("Bearer realm=\"unfinished", "bearer realm=unfinished")]
    [InlineData("Bearer =", "bearer")]
    [InlineData("=x", "")]
    [InlineData("", "")]
    public void Challenges_are_read(string header, string expected) => Assert.Equal(
        expected, string.Join('|', AuthenticationChallenge.Read(header).Select(challenge => string.Join(' ', challenge.Parameters.Select(pair => $"{pair.Key}={pair.Value}").Prepend(challenge.Scheme)))));

    [Theory]
    [InlineData("repository:a/b:pull", null, "repository:a/b:pull")]
    [InlineData("repository:a/b:pull,push", "repository:a/b:push,pull", "repository:a/b:pull,push")]
    [InlineData("repository:a/b:pull", "repository:z:pull repository:a/b:delete,push", "repository:a/b:delete,pull,push repository:z:pull")]
    [InlineData("", "registry:catalog:*", "registry:catalog:*")]
    [InlineData("", "odd", ":odd")]
    public void Scopes_are_merged(string scope, string? demanded, string expected) => Assert.Equal(expected, new RegistryScope(scope).With(demanded).Text);

    [Fact]
    public void Any_challenge_ends() => Gen.OneOf(Gen.String, Words("Bearer", "Basic", " ", ",", "=", "\"", "\\", "realm", "a", "\t", "é")).Sample(
        header => Assert.InRange(AuthenticationChallenge.Read(header).Count, 0, 9), iter: Inputs);

    [Theory]
    [InlineData("""{"token":"t","expires_in":300}""", 285)]
    [InlineData("""{"access_token":"t"}""", 48)]
    [InlineData("""{"token":"","access_token":"t","expires_in":10}""", 8)]
    [InlineData("""{"token":"t","expires_in":-5}""", 48)]
    [InlineData("""{"token":"t","expires_in":99999999999}""", 48)]
    [InlineData("""{"token":"t","expires_in":2000000000}""", 86385)]
    [InlineData("""{"token":"a\nb"}""", null)]
    [InlineData("""{"token":5}""", null)]
    [InlineData("[]", null)]
    [InlineData("", null)]
    public void Tokens_are_read(string json, int? seconds)
    {
        BearerToken? read = BearerToken.Read(Encoding.UTF8.GetBytes(json), DateTimeOffset.UnixEpoch);

        Assert.Equal(seconds, read is null ? null : (int)(read.ReplacedAt - DateTimeOffset.UnixEpoch).TotalSeconds);
    }

    [Theory]
    [InlineData("""{"errors":[{"code":"A","message":"one"},{"code":"TWO"},{"message":"\u0007three"},{"message":"four"}]}""", "one, TWO, three")]
    [InlineData("""{"details":"d"}""", "d")]
    [InlineData("""{"error":"invalid_grant","error_description":"e"}""", "e")]
    [InlineData("""{"errors":5}""", "")]
    [InlineData("""{"errors":[5,null]}""", "")]
    [InlineData("[]", "")]
    [InlineData("<html>", "")]
    public void Reasons_are_read(string json, string expected) => Assert.Equal(expected, ErrorAnswer.MessagesOf(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Any_body_has_a_reason_or_none() => Gen.OneOf(Gen.String, Words("{", "}", "[", "]", "\"errors\"", ":", ",", "\"message\"", "\"m\"", "1", "null")).Sample(
        body =>
        {
            ErrorAnswer.MessagesOf(Encoding.UTF8.GetBytes(body));
            BearerToken.Read(Encoding.UTF8.GetBytes(body), DateTimeOffset.UnixEpoch);
        },
        iter: Inputs);

    [Fact]
    public void Any_answer_is_a_manifest_or_a_clear_error()
    {
        Gen<string> type = Gen.OneOf(Words(MediaTypes.OciManifest, MediaTypes.OciIndex, "application/json", "text/plain", "; charset=utf-8", "x/y", MediaTypes.DockerVersion1, "é"), Gen.Const(MediaTypes.OciManifest), Gen.Const("application/json"));
        Gen<string> digest = Gen.OneOf(Gen.Const(""), Words("sha256:", Hex, "x"));
        Gen.Select(Gen.OneOf(Words(manifestWords), Gen.String), type, digest).Sample(
            (body, contentType, digestHeader) =>
            {
                byte[] bytes = Encoding.UTF8.GetBytes(body);
                using HttpResponseMessage answer = new() { Content = new ByteArrayContent(bytes) };
                answer.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
                answer.Headers.TryAddWithoutValidation("Docker-Content-Digest", digestHeader);
                try
                {
                    Document document = ManifestAnswer.Read(bytes, answer, "latest", "host");
                    _ = MediaTypes.IsIndex(document.MediaType) ? (object)ManifestReading.ReadIndex(document) : ManifestReading.ReadManifest(document);
                }
                catch (Exception exception) when (exception is ImageException or RequestException)
                {
                    Assert.NotEmpty(exception.Message);
                }
            },
            iter: Inputs);
    }

    [Fact]
    public async Task Any_headers_of_a_blob_end_in_its_bytes_or_a_clear_error()
    {
        Descriptor blob = new() { MediaType = MediaTypes.OciLayer, DigestText = $"sha256:{Hex}", Size = 10 };
        Dictionary<string, string> headers = [];
        int status = 206;
        await using TestServer server = new((exchange, cancellationToken) => exchange.AnswerAsync(exchange.Path == "/v2/" ? 200 : status, exchange.Path == "/v2/" ? "" : "0123456789"[..5], cancellationToken, [.. headers]));
        using RegistryClient client = new(new RegistrySettings { Limits = RegistryFixture.Impatient with { MostAttempts = 1 } }, TimeProvider.System);
        await Gen.Select(
            Words("bytes ", "0-4", "5-9", "/10", "/*", "*", "-", "items ", "99999999999999999999", ",", "5-4"),
            Words("https://", "127.0.0.1", "/", "é", "http:"),
            Gen.OneOf([.. new[] { 200, 204, 206, 206, 206, 301, 307, 400, 404, 416 }.Select(Gen.Const)])).SampleAsync(
            async (range, location, code) =>
            {
                status = code;
                headers = new Dictionary<string, string> { ["Content-Range"] = Ascii(range), ["Location"] = Ascii(location) };
                byte[] part = new byte[5];
                try
                {
                    await client.Open(ImageReference.Parse($"{server.Host}/x")).ReadRangeAsync(blob, 5, part, TestContext.Current.CancellationToken);
                    Assert.Equal("01234"u8.ToArray(), part);
                    Assert.Equal("bytes 5-9", Ascii(range)[..9]);
                }
                catch (ImageException exception)
                {
                    Assert.StartsWith("cannot read the blob sha256:0123456789ab of", exception.Message, StringComparison.Ordinal);
                }
            },
            iter: 2000,
            threads: 1);
    }

    private static string Ascii(string text) => new([.. text.Where(letter => letter is >= ' ' and <= '~')]);

    private static Gen<string> Words(params string[] words) => Gen.OneOf([.. words.Select(Gen.Const)]).Array[0, 12].Select(string.Concat);
}
