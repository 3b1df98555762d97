using System.Net;
using Microsoft.AspNetCore.Http;

namespace Hearth.Hosting.Tests;

public sealed class AuthenticationTests
{
    private const string Token = "0123456789abcdef";

    private readonly HandClock clock = new();
    private readonly Authentication authentication;

    public AuthenticationTests() => authentication = new Authentication(Token, clock);

    [Theory]
    [InlineData("Bearer 0123456789abcdef", true)]
    [InlineData("bearer  0123456789abcdef ", true)]
    [InlineData("Bearer 0123456789abcdeX", false)]
    [InlineData("Bearer ", false)]
    [InlineData("Basic 0123456789abcdef", false)]
    [InlineData(null, false)]
    public void Requests_over_the_network_need_the_token(string? header, bool isAllowed) => Assert.Equal(isAllowed, authentication.Admits(Request(header)));

    [Fact]
    public void Requests_over_the_socket_need_nothing()
    {
        DefaultHttpContext context = new();
        context.Request.Path = "/containers/json";

        Assert.True(authentication.Admits(context));
        Assert.NotNull(authentication.TryBegin(context));
    }

    [Fact]
    public void A_session_is_let_in_until_it_ends()
    {
        Session session = authentication.TryBegin(Request($"Bearer {Token}"))!;
        Session other = authentication.TryBegin(Request($"Bearer {Token}"))!;
        Assert.NotEqual(session.Secret, other.Secret);
        Assert.True(authentication.Admits(Request($"Bearer {session.Secret}")));
        Assert.True(authentication.Admits(Request(null, protocols: $"hearth.terminal, {Authentication.SessionProtocol}{session.Secret}")));
        Assert.False(authentication.Admits(Request(null, protocols: $"hearth.terminal, {Authentication.SessionProtocol}{session.Secret[1..]}")));

        authentication.End(Request($"Bearer {session.Secret}"));
        Assert.False(authentication.Admits(Request($"Bearer {session.Secret}")));
        Assert.True(authentication.Admits(Request($"Bearer {other.Secret}")));

        clock.Now += TimeSpan.FromHours(12);
        Assert.False(authentication.Admits(Request($"Bearer {other.Secret}")));
    }

    /// <summary>What a browser sends to every port of a host must not open this one.</summary>
    [Fact]
    public void A_session_is_no_cookie_and_begins_no_other()
    {
        DefaultHttpContext login = Request($"Bearer {Token}");
        Session session = authentication.TryBegin(login)!;

        Assert.Equal(0, login.Response.Headers.SetCookie.Count);
        DefaultHttpContext stolen = Request(null);
        stolen.Request.Headers.Cookie = $"hearth-session={session.Secret}";
        Assert.False(authentication.Admits(stolen));
        Assert.Null(authentication.TryBegin(Request($"Bearer {session.Secret}")));
    }

    private static DefaultHttpContext Request(string? authorization, string? protocols = null)
    {
        DefaultHttpContext context = new();
        context.Connection.LocalIpAddress = IPAddress.Loopback;
        context.Request.Method = "GET";
        context.Request.Path = "/containers/json";
        context.Request.Headers.Authorization = authorization;
        context.Request.Headers.SecWebSocketProtocol = protocols;
        return context;
    }

    private sealed class HandClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
