using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Hearth.Hosting;

/// <summary>The sessions of pages: random, known only here, and over after some hours or with this program. Thread-safe.</summary>
internal sealed class Sessions(TimeProvider clock)
{
    /// <summary>A working day.</summary>
    private static readonly TimeSpan lifetime = TimeSpan.FromHours(12);

    /// <summary>Beyond it, the oldest ends: who has the token cannot fill the memory.</summary>
    private const int Most = 1000;

    private const int SecretBytes = 32;

    private readonly ConcurrentDictionary<string, DateTimeOffset> ends = new();

    public Session Begin()
    {
        DateTimeOffset now = clock.GetUtcNow();
        foreach ((string key, _) in ends.Where(session => session.Value <= now).ToArray())
        {
            ends.TryRemove(key, out _);
        }

        if (ends.Count >= Most && ends.MinBy(session => session.Value) is { Key: { } oldest })
        {
            ends.TryRemove(oldest, out _);
        }

        string secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytes));
        Session begun = new(secret, now + lifetime);
        ends[KeyOf(secret)] = begun.ExpiresAt;
        return begun;
    }

    public bool Has(string secret) => ends.TryGetValue(KeyOf(secret), out DateTimeOffset end) && clock.GetUtcNow() < end;

    public void End(string secret) => ends.TryRemove(KeyOf(secret), out _);

    /// <summary>A digest is looked up, so the time of a comparison says nothing about the secret.</summary>
    private static string KeyOf(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}

/// <summary>A session of a page.</summary>
/// <param name="Secret">What the page sends in the token's place.</param>
/// <param name="ExpiresAt">After it, the page needs the token again.</param>
public sealed record Session(string Secret, DateTimeOffset ExpiresAt);
