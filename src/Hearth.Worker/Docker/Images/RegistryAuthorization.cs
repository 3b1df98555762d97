using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Hearth.Client.Images;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources.Registry.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hearth.Worker.Docker.Images;

/// <summary>
/// Passwords of registries that clients send. They serve the request that has them, and are never stored: a pull by this API
/// fetches the whole image, so no container needs a password later.
/// </summary>
internal static class RegistryAuthorization
{
    private const string Header = "X-Registry-Auth";

    public static void Map(IEndpointRouteBuilder routes, Engine engine) => routes.MapPost("/auth", context => CheckAsync(context, engine));

    /// <summary>The images as the client may reach them.</summary>
    /// <param name="context">The request.</param>
    /// <param name="engine">The daemon's.</param>
    /// <param name="image">The image that the request is about, whose registry gets the password.</param>
    /// <exception cref="ApiException">The header cannot be read.</exception>
    /// <exception cref="FormatException">The image's name is malformed.</exception>
    public static ImageService ImagesFor(HttpContext context, Engine engine, string image) =>
        Read(context) is { } given && ImageReference.TryParse(image, out ImageReference? reference)
            ? engine.ImagesWith(new GivenCredential(reference.Host, given.Username ?? "", given.Password ?? "", NullIfEmpty(given.IdentityToken)))
            : engine.Images;

    private static RegistryLoginRequest? Read(HttpContext context)
    {
        string text = context.Request.Headers[Header].ToString();
        if (text.Length == 0)
        {
            return null;
        }

        try
        {
            // Clients pad it or not, and some use the other alphabet.
            byte[] json = Base64Url.DecodeFromChars(text.Replace('+', '-').Replace('/', '_').TrimEnd('='));
            RegistryLoginRequest? given = JsonSerializer.Deserialize(json, DockerJson.Default.RegistryLoginRequest)?.WithSplitAuth();
            return string.IsNullOrEmpty(given?.Username) && string.IsNullOrEmpty(given?.IdentityToken) ? null : given;
        }
        catch (Exception exception) when (exception is FormatException or JsonException)
        {
            throw ApiException.BadRequest($"cannot read the header {Header}: it must be base64url of a JSON object with username and password; {exception.Message}");
        }
    }

    private static async Task CheckAsync(HttpContext context, Engine engine)
    {
        RegistryLoginRequest request = (await Answers.ReadAsync(context, DockerJson.Default.RegistryLoginRequest)).WithSplitAuth();
        await new RegistryAccounts(engine.Registries, engine.Clock).CheckAsync(
            request.ServerAddress ?? "", request.Username ?? "", request.Password ?? "", NullIfEmpty(request.IdentityToken), context.RequestAborted);
        await Answers.JsonAsync(context, new RegistryLoginAnswer("Login Succeeded", ""), DockerJson.Default.RegistryLoginAnswer);
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}

/// <summary>docker's <c>AuthConfig</c>.</summary>
internal sealed record RegistryLoginRequest
{
    [JsonPropertyName("username")]
    public string? Username { get; init; }

    [JsonPropertyName("password")]
    public string? Password { get; init; }

    /// <summary>Base64 of USER:PASSWORD.</summary>
    [JsonPropertyName("auth")]
    public string? Auth { get; init; }

    [JsonPropertyName("serveraddress")]
    public string? ServerAddress { get; init; }

    [JsonPropertyName("identitytoken")]
    public string? IdentityToken { get; init; }

    /// <summary>User and password by themselves.</summary>
    /// <exception cref="FormatException">It is no base64.</exception>
    public RegistryLoginRequest WithSplitAuth()
    {
        if (string.IsNullOrEmpty(Auth) || !string.IsNullOrEmpty(Username))
        {
            return this;
        }

        string[] parts = Encoding.UTF8.GetString(Convert.FromBase64String(Auth)).Split(':', 2);
        return this with { Username = parts[0], Password = parts.ElementAtOrDefault(1) };
    }

    /// <summary>Secrets are never shown.</summary>
    public override string ToString() => $"{Username} at {ServerAddress}";
}

internal sealed record RegistryLoginAnswer(string Status, string IdentityToken);
