namespace Hearth.Guest.Init.Tests.Support;

/// <summary>One guest with a writable root for all tests of a class; each leaves it as it found it.</summary>
public sealed class SharedGuest(GuestParts parts) : IAsyncLifetime
{
    private TestGuest? guest;

    internal TestGuest Guest => guest!;

    /// <summary>For a test that needs a guest of its own, too.</summary>
    internal GuestParts Parts => parts;

    public async ValueTask InitializeAsync() => guest = await TestGuest.BootAsync(parts, TestGuest.WritableRoot);

    public async ValueTask DisposeAsync()
    {
        if (guest is not null)
        {
            await guest.DisposeAsync();
        }
    }
}
